/** The Castagnoli polynomial 0x1EDC6F41, reflected (RFC 4960 App. B). */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  return crc;
});

/** The CRC32c of `bytes` from `start` up to but not including `end`, as an unsigned number. */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  return ~update(-1, bytes, start, end) >>> 0;
}

/** The same, with the four bytes at `zerosAt` taken as zero (§2.2.3: the checksum itself); they are not modified. */
export function crc32cWithZeros(bytes: Uint8Array, start: number, zerosAt: number, end: number): number {
  let crc = update(-1, bytes, start, zerosAt);
  for (let i = 0; i < 4; i++) crc = (TABLE[crc & 0xff] as number) ^ (crc >>> 8);
  return ~update(crc, bytes, zerosAt + 4, end) >>> 0;
}

function update(state: number, bytes: Uint8Array, start: number, end: number): number {
  let crc = state;
  for (let i = start; i < end; i++)
    crc = (TABLE[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  return crc;
}
