import { checkTlvs, tlvsComeOutEven } from './check-tlvs.ts';
import type { Family, ParseResult, Transport } from './header.ts';
import type { InvalidCode } from './invalid-code.ts';

/** Large enough for a client certificate of 1 to 2 KiB, small enough for ten thousand sockets that never finish. */
export const DEFAULT_MAX_HEADER_BYTES = 4096;

/** 16 = 12 of signature + version and command + family and transport + 2 of length. */
const FIXED_BYTES = 16;

const FAMILIES: readonly Family[] = ['UNSPEC', 'INET', 'INET6', 'UNIX'];
const TRANSPORTS: readonly Transport[] = ['UNSPEC', 'STREAM', 'DGRAM'];

/** 12 = 2·4 + 2·2, 36 = 2·16 + 2·2, 216 = 2·108 (§2.2). */
const BLOCK_BYTES: readonly number[] = [0, 12, 36, 216];
const ADDRESS_BYTES: readonly number[] = [0, 4, 16, 108];

/** §2.2, after a complete signature. `maxBytes` limits the whole header. */
export function parseV2(bytes: Uint8Array, maxBytes: number): ParseResult {
  const have = bytes.length;
  if (have < FIXED_BYTES) return parseFixedPart(bytes, maxBytes);
  const fault = faultAt12(bytes[12] as number);
  if (fault !== undefined) return invalid(fault, 12);
  // §2.2: with LOCAL the receiver discards the block and ignores the family, whatever they contain.
  const isProxy = (bytes[12] as number) === 0x21;
  const family = isProxy ? (bytes[13] as number) >> 4 : 0;
  const transport = isProxy ? (bytes[13] as number) & 0x0f : 0;
  if (family > 3) return invalid('v2_family', 13);
  if (transport > 2) return invalid('v2_transport', 13);
  const end = FIXED_BYTES + (((bytes[14] as number) << 8) | (bytes[15] as number));
  // Negated, so that a limit of NaN refuses everything.
  if (!(end <= maxBytes)) return invalid('v2_too_large', 14);
  let tlvAt = FIXED_BYTES + (BLOCK_BYTES[family] as number);
  if (tlvAt > end) return invalid('v2_short_block', 14);
  if (have < end) return { status: 'incomplete', need: end - have };
  if (tlvAt < end) {
    if (!isProxy && !tlvsComeOutEven(bytes, tlvAt, end)) tlvAt = end;
    else {
      const refusal = checkTlvs(bytes, tlvAt, end, isProxy);
      if (refusal !== undefined) return refusal;
    }
  }
  // §2.2: with UNSPEC in either nibble the addresses must be ignored.
  const hasAddress = family !== 0 && transport !== 0;
  const hasPorts = hasAddress && family !== 3;
  const portAt = FIXED_BYTES + 2 * (ADDRESS_BYTES[family] as number);
  return {
    status: 'header',
    header: {
      version: 2,
      command: isProxy ? 'PROXY' : 'LOCAL',
      family: FAMILIES[family] as Family,
      transport: TRANSPORTS[transport] as Transport,
      bytes,
      addressAt: hasAddress ? FIXED_BYTES : -1,
      addressLength: hasAddress ? (ADDRESS_BYTES[family] as number) : 0,
      sourcePort: hasPorts ? ((bytes[portAt] as number) << 8) | (bytes[portAt + 1] as number) : 0,
      destinationPort: hasPorts ? ((bytes[portAt + 2] as number) << 8) | (bytes[portAt + 3] as number) : 0,
      tlvAt,
      tlvEnd: end,
    },
    length: end,
  };
}

/** With 12 to 15 bytes: reports what they already decide, and how many more are needed to decide the next thing. */
function parseFixedPart(bytes: Uint8Array, maxBytes: number): ParseResult {
  const have = bytes.length;
  // Byte 14 alone can exceed the limit only if its greatest value would: 65296 = 16 + 0xff00.
  const highByteDecides = !(FIXED_BYTES + 0xff00 <= maxBytes);
  if (have === 12) return { status: 'incomplete', need: 1 };
  const fault = faultAt12(bytes[12] as number);
  if (fault !== undefined) return invalid(fault, 12);
  const isProxy = (bytes[12] as number) === 0x21;
  // With LOCAL the family byte decides nothing, so more bytes are needed.
  if (have === 13) return { status: 'incomplete', need: isProxy ? 1 : highByteDecides ? 2 : 3 };
  if (isProxy && (bytes[13] as number) >> 4 > 3) return invalid('v2_family', 13);
  if (isProxy && ((bytes[13] as number) & 0x0f) > 2) return invalid('v2_transport', 13);
  if (have === 14) return { status: 'incomplete', need: highByteDecides ? 1 : 2 };
  const least = FIXED_BYTES + ((bytes[14] as number) << 8);
  if (!(least <= maxBytes)) return invalid('v2_too_large', 14);
  // Below 256 the low byte may announce no block, or one that is too short. From 256 on every block is long
  // enough, and only the limit can be exceeded before the smallest possible block is there.
  const lowByteDecides = least === FIXED_BYTES || !(least + 0xff <= maxBytes);
  return { status: 'incomplete', need: lowByteDecides ? 1 : 1 + least - FIXED_BYTES };
}

function faultAt12(byte: number): InvalidCode | undefined {
  if (byte >> 4 !== 2) return 'v2_version';
  return (byte & 0x0f) > 1 ? 'v2_command' : undefined;
}

function invalid(code: InvalidCode, at: number): ParseResult {
  return { status: 'invalid', code, at };
}
