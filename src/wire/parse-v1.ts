import { scanIpv4 } from '../address/ipv4.ts';
import { scanIpv6 } from '../address/ipv6.ts';
import type { Incomplete, Invalid, Parsed, ParseResult } from './header.ts';
import type { InvalidCode } from './invalid-code.ts';

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const ZERO = 0x30;

/** §2.1: 107 = 5 `PROXY` + 1 + 7 `UNKNOWN` + 1 + 39 + 1 + 39 + 1 + 5 + 1 + 5 + 2 CRLF. */
export const MAX_V1_BYTES = 107;

// The last offset at which each part may end, so that the shortest valid rest still fits.
const LINE_END_LIMIT = MAX_V1_BYTES - 2; // CR LF
const SOURCE_PORT_LIMIT = LINE_END_LIMIT - 2; // SP 0
const DESTINATION_LIMIT = SOURCE_PORT_LIMIT - 2; // SP 0

/** After `PROXY` and its space. */
const PROTOCOL_AT = 6;
const UNKNOWN = [0x55, 0x4e, 0x4b, 0x4e, 0x4f, 0x57, 0x4e] as const;
const TCP = [0x54, 0x43, 0x50] as const;
const FOUR = 0x34;
const SIX = 0x36;

const INCOMPLETE: Incomplete = { status: 'incomplete', need: 1 };
const NO_BYTES = new Uint8Array(0);

/** 32 = 2·16: holds both addresses until the line is known to be complete. */
const scratch = new Uint8Array(32);

/**
 * §2.1, after a complete `PROXY`. Reads byte by byte: a line is invalid at the first byte that no valid line can have
 * there (`at`), so `need` is always 1. No address is used before CRLF has arrived.
 */
export function parseV1(bytes: Uint8Array): ParseResult {
  const have = bytes.length;
  if (have === PROTOCOL_AT - 1) return INCOMPLETE;
  if (bytes[PROTOCOL_AT - 1] !== SPACE)
    return refuse(bytes, PROTOCOL_AT - 1, PROTOCOL_AT - 1, 'v1_separator');
  const isUnknown = have > PROTOCOL_AT && bytes[PROTOCOL_AT] === UNKNOWN[0];
  const name = isUnknown ? UNKNOWN : TCP;
  for (let i = 0; i < name.length; i++) {
    if (PROTOCOL_AT + i === have) return INCOMPLETE;
    if (bytes[PROTOCOL_AT + i] !== name[i]) return refuse(bytes, PROTOCOL_AT + i, PROTOCOL_AT, 'v1_protocol');
  }
  return isUnknown ? parseUnknown(bytes) : parseTcp(bytes);
}

/** After the whole word `UNKNOWN` comes CRLF, or a space and then anything up to CRLF, which is ignored. */
function parseUnknown(bytes: Uint8Array): ParseResult {
  const have = bytes.length;
  const wordEnd = PROTOCOL_AT + UNKNOWN.length;
  if (wordEnd === have) return INCOMPLETE;
  const behind = bytes[wordEnd];
  if (behind !== SPACE && behind !== CR) return refuse(bytes, wordEnd, PROTOCOL_AT, 'v1_protocol');
  for (let i = wordEnd; i < have; i++) {
    if (bytes[i] === CR) return endLine(bytes, i, 0, 0, 0);
    if (bytes[i] === LF) return { status: 'invalid', code: 'v1_line_end', at: i };
    if (i === LINE_END_LIMIT) return { status: 'invalid', code: 'v1_too_long', at: i };
  }
  return INCOMPLETE;
}

function parseTcp(bytes: Uint8Array): ParseResult {
  const have = bytes.length;
  const digitAt = PROTOCOL_AT + TCP.length;
  if (digitAt === have) return INCOMPLETE;
  const isV4 = bytes[digitAt] === FOUR;
  if (!isV4 && bytes[digitAt] !== SIX) return refuse(bytes, digitAt, PROTOCOL_AT, 'v1_protocol');
  if (digitAt + 1 === have) return INCOMPLETE;
  if (bytes[digitAt + 1] !== SPACE) return refuse(bytes, digitAt + 1, digitAt + 1, 'v1_separator');

  const size = isV4 ? 4 : 16;
  const sourceAt = digitAt + 2;
  const sourceEnd = scanAddress(bytes, sourceAt, have, 0, size);
  if (sourceEnd < 0) return refuse(bytes, ~sourceEnd, sourceAt, 'v1_address');
  if (sourceEnd === have) return INCOMPLETE;

  const destinationAt = sourceEnd + 1;
  const destinationEnd = scanAddress(bytes, destinationAt, Math.min(have, DESTINATION_LIMIT + 1), size, size);
  if (destinationEnd < 0) return refuse(bytes, ~destinationEnd, destinationAt, 'v1_address');
  if (destinationEnd > DESTINATION_LIMIT) return tooLong(DESTINATION_LIMIT);
  if (destinationEnd === have) return INCOMPLETE;

  const sourcePortAt = destinationEnd + 1;
  const sourcePortEnd = scanPort(bytes, sourcePortAt, Math.min(have, SOURCE_PORT_LIMIT + 1), SPACE);
  if (sourcePortEnd < 0) return refuse(bytes, ~sourcePortEnd, sourcePortAt, 'v1_port');
  if (sourcePortEnd > SOURCE_PORT_LIMIT) return tooLong(SOURCE_PORT_LIMIT);
  if (sourcePortEnd === have) return INCOMPLETE;

  const destinationPortAt = sourcePortEnd + 1;
  const destinationPortEnd = scanPort(bytes, destinationPortAt, Math.min(have, LINE_END_LIMIT + 1), CR);
  if (destinationPortEnd < 0) return refuse(bytes, ~destinationPortEnd, destinationPortAt, 'v1_port');
  if (destinationPortEnd > LINE_END_LIMIT) return tooLong(LINE_END_LIMIT);
  if (destinationPortEnd === have) return INCOMPLETE;

  const sourcePort = decimal(bytes, sourcePortAt, sourcePortEnd);
  const destinationPort = decimal(bytes, destinationPortAt, destinationPortEnd);
  return endLine(bytes, destinationPortEnd, size, sourcePort, destinationPort);
}

/** At a CR: returns the header once LF has arrived too. `size` is the length of one address in `scratch`, 0 for UNKNOWN. */
function endLine(
  bytes: Uint8Array,
  crAt: number,
  size: 0 | 4 | 16,
  sourcePort: number,
  destinationPort: number,
): Parsed | Incomplete | Invalid {
  if (crAt + 1 === bytes.length) return INCOMPLETE;
  if (bytes[crAt + 1] !== LF) return { status: 'invalid', code: 'v1_line_end', at: crAt + 1 };
  return {
    status: 'header',
    header: {
      version: 1,
      command: 'PROXY',
      family: size === 0 ? 'UNSPEC' : size === 4 ? 'INET' : 'INET6',
      transport: size === 0 ? 'UNSPEC' : 'STREAM',
      bytes: size === 0 ? NO_BYTES : scratch.slice(0, 2 * size),
      addressAt: size === 0 ? -1 : 0,
      addressLength: size,
      sourcePort,
      destinationPort,
      tlvAt: 2 * size,
      tlvEnd: 2 * size,
    },
    length: crAt + 2,
  };
}

function scanAddress(bytes: Uint8Array, at: number, end: number, outAt: number, size: 4 | 16): number {
  return size === 4 ? scanIpv4(bytes, at, end, scratch, outAt) : scanIpv6(bytes, at, end, scratch, outAt);
}

/** Decimal 0..65535 without sign or leading zeros, up to the terminator; returns what `scanIpv4` returns. */
function scanPort(bytes: Uint8Array, at: number, end: number, terminator: number): number {
  let port = -1;
  for (let i = at; i < end; i++) {
    const digit = (bytes[i] as number) - ZERO;
    if (digit < 0 || digit > 9) return bytes[i] === terminator && port >= 0 ? i : ~i;
    if (port === 0) return ~i;
    port = port < 0 ? digit : port * 10 + digit;
    if (port > 65535) return ~i;
  }
  return end;
}

function decimal(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let i = at; i < end; i++) value = value * 10 + (bytes[i] as number) - ZERO;
  return value;
}

function tooLong(at: number): Invalid {
  return { status: 'invalid', code: 'v1_too_long', at };
}

/** Chooses the code for an invalid byte: an early or lone CR or LF, a surplus space, or else the code of the part. */
function refuse(bytes: Uint8Array, at: number, partAt: number, code: InvalidCode): Invalid {
  const byte = bytes[at];
  if (byte === CR || byte === LF) return { status: 'invalid', code: 'v1_line_end', at };
  if (byte === SPACE && (at === partAt || code === 'v1_port'))
    return { status: 'invalid', code: 'v1_separator', at };
  return { status: 'invalid', code, at };
}
