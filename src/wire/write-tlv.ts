import { crc32c } from './crc32c.ts';

/** 7 = 1 type + 2 length + 4 value: a CRC32C TLV. */
export const CRC32C_TLV_BYTES = 7;

/** Writes one TLV (§2.2) at `at`; returns the number of bytes: 3 + the length of the value. */
export function writeTlv(target: Uint8Array, at: number, type: number, value: Uint8Array): number {
  const length = value.length;
  target[at] = type;
  target[at + 1] = length >> 8;
  target[at + 2] = length;
  for (let i = 0; i < length; i++) target[at + 3 + i] = value[i] as number;
  return 3 + length;
}

/**
 * Computes the checksum of the whole header from `start` to `end` and stores it big-endian in the four bytes at
 * `crcValueAt`, the value of its CRC32C TLV (§2.2.3). Call it last: any later change invalidates the checksum.
 */
export function sealCrc32c(target: Uint8Array, start: number, crcValueAt: number, end: number): void {
  target.fill(0, crcValueAt, crcValueAt + 4);
  const crc = crc32c(target, start, end);
  target[crcValueAt] = crc >>> 24;
  target[crcValueAt + 1] = crc >>> 16;
  target[crcValueAt + 2] = crc >>> 8;
  target[crcValueAt + 3] = crc;
}
