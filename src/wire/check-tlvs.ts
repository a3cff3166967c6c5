import { crc32cWithZeros } from './crc32c.ts';
import type { Invalid } from './header.ts';
import type { InvalidCode } from './invalid-code.ts';
import { TLV } from './tlv.ts';

/** §2.2.5 */
export const MAX_UNIQUE_ID_BYTES = 128;

/**
 * Checks the TLVs of a complete header that begins at 0 and ends at `tlvEnd`; undefined if they are valid. The checksum
 * covers the whole header (§2.2.3), so a second CRC32C could not be verified and is invalid. With LOCAL only a wrong
 * CRC32C is invalid; the caller has checked that the TLVs fill the block.
 */
export function checkTlvs(
  bytes: Uint8Array,
  tlvAt: number,
  tlvEnd: number,
  isProxy: boolean,
): Invalid | undefined {
  let crcAt = -1;
  let at = tlvAt;
  while (at < tlvEnd) {
    if (at + 3 > tlvEnd) return invalid('v2_tlv_overrun', at);
    const type = bytes[at];
    const length = ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
    if (at + 3 + length > tlvEnd) return invalid('v2_tlv_overrun', at);
    if (type === TLV.CRC32C) {
      if (length !== 4 || crcAt >= 0) return invalid('v2_crc32c', at);
      crcAt = at;
    } else if (type === TLV.UNIQUE_ID && length > MAX_UNIQUE_ID_BYTES && isProxy) {
      return invalid('v2_unique_id', at);
    }
    at += 3 + length;
  }
  if (crcAt >= 0 && readUint32(bytes, crcAt + 3) !== crc32cWithZeros(bytes, 0, crcAt + 3, tlvEnd)) {
    return invalid('v2_crc32c', crcAt);
  }
  return undefined;
}

/** Whether TLVs fill the range exactly, without stray bytes at its end. */
export function tlvsComeOutEven(bytes: Uint8Array, tlvAt: number, tlvEnd: number): boolean {
  let at = tlvAt;
  while (at + 3 <= tlvEnd) at += 3 + (((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number));
  return at === tlvEnd;
}

function readUint32(bytes: Uint8Array, at: number): number {
  const value =
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number);
  return value >>> 0;
}

function invalid(code: InvalidCode, at: number): Invalid {
  return { status: 'invalid', code, at };
}
