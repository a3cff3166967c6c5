import type { Absent, Incomplete, ParseResult } from './header.ts';
import { parseV1 } from './parse-v1.ts';
import { DEFAULT_MAX_HEADER_BYTES, parseV2 } from './parse-v2.ts';

export interface ParseOptions {
  /** The cap on a whole v2 header, 16..65551 bytes (16 + the most that 16 bits of length can say). Default 4096. */
  readonly maxHeaderBytes?: number;
  /** The version that the listener is configured for; it is never guessed (§2). The other one is invalid. Default `any`. */
  readonly expect?: 'any' | 'v1' | 'v2';
}

// The room: the PROXY protocol, bytes ↔ values. Pure functions; nothing here knows sockets, clocks or a logger.
//
//   read    parseHeader ─┬─ parse-v1 ── address/ipv4, ipv6      text is scanned in place
//                        └─ parse-v2 ── check-tlvs ── crc32c
//              │
//              ▼
//           ParseResult (header.ts) ── header-address, tlv, ssl, tlv-text: facts, made only when asked for
//
//   write   write-v1, write-v2, write-tlv     into the caller's buffer, without allocating: the engines
//           formatHeader                      a checked description → new bytes: the library, checks and tools

/** §2.2: the 12 bytes that begin every v2 header. The NUL among them makes C string functions stop early. */
const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a] as const;
/** `PROXY`, which begins every v1 header. */
const NAME = [0x50, 0x52, 0x4f, 0x58, 0x59] as const;

const ABSENT: Absent = { status: 'absent' };
const NEED_ONE: Incomplete = { status: 'incomplete', need: 1 };

/**
 * Parses the first bytes of a connection. Never throws, keeps no state and copies no payload. A proper prefix of a valid
 * header is always `incomplete`. Bytes that cannot become a header are `invalid` as soon as that is known: at the byte
 * itself in v1 and in the first 16 bytes of v2, and after those once the whole block is there (§2.2: an address must not
 * be read earlier).
 */
export function parseHeader(bytes: Uint8Array, options?: ParseOptions): ParseResult {
  const have = bytes.length;
  if (have === 0) return NEED_ONE;
  const first = bytes[0];
  if (first === SIGNATURE[0]) {
    if (!begins(bytes, SIGNATURE)) return ABSENT;
    if (have < SIGNATURE.length) return NEED_ONE;
    if (options?.expect === 'v1') return { status: 'invalid', code: 'v2_not_expected', at: 0 };
    return parseV2(bytes, options?.maxHeaderBytes ?? DEFAULT_MAX_HEADER_BYTES);
  }
  if (first === NAME[0]) {
    if (!begins(bytes, NAME)) return ABSENT;
    if (have < NAME.length) return NEED_ONE;
    if (options?.expect === 'v2') return { status: 'invalid', code: 'v1_not_expected', at: 0 };
    return parseV1(bytes);
  }
  return ABSENT;
}

/** Whether the bytes and the mark are equal up to the length of the shorter one. */
function begins(bytes: Uint8Array, mark: readonly number[]): boolean {
  const length = Math.min(bytes.length, mark.length);
  for (let i = 1; i < length; i++) if (bytes[i] !== mark[i]) return false;
  return true;
}
