import { putIpv6 } from '../address/v4-mapped.ts';

/** 28 = 16 + 2·4 + 2·2, 52 = 16 + 2·16 + 2·2: a TCP header without TLVs (§2.2). */
export const V2_INET_BYTES = 28;
export const V2_INET6_BYTES = 52;

const LOCAL = 0x20;
const PROXY = 0x21;
const UNSPEC = 0x00;
const TCP4 = 0x11;
const TCP6 = 0x21;
const UNIX_STREAM = 0x31;

/**
 * Writes a v2 PROXY header for TCP (§2.2) at `at`, up to the end of the addresses; needs room for 52 bytes. The caller
 * then writes exactly `tlvBytes` of TLVs. Returns the number of bytes: 28, or 52 if either address has 16 bytes. An
 * address of 4 bytes then becomes v4-mapped: a header has one family.
 */
export function writeV2(
  target: Uint8Array,
  at: number,
  source: Uint8Array,
  sourcePort: number,
  destination: Uint8Array,
  destinationPort: number,
  tlvBytes: number,
): number {
  if (source.length === 4 && destination.length === 4) {
    writeFixed(target, at, PROXY, TCP4, V2_INET_BYTES - 16 + tlvBytes);
    target[at + 16] = source[0] as number;
    target[at + 17] = source[1] as number;
    target[at + 18] = source[2] as number;
    target[at + 19] = source[3] as number;
    target[at + 20] = destination[0] as number;
    target[at + 21] = destination[1] as number;
    target[at + 22] = destination[2] as number;
    target[at + 23] = destination[3] as number;
    writePorts(target, at + 24, sourcePort, destinationPort);
    return V2_INET_BYTES;
  }
  writeFixed(target, at, PROXY, TCP6, V2_INET6_BYTES - 16 + tlvBytes);
  putIpv6(target, at + 16, source);
  putIpv6(target, at + 32, destination);
  writePorts(target, at + 48, sourcePort, destinationPort);
  return V2_INET6_BYTES;
}

/** Writes v2 LOCAL, 16 bytes; its length is that of the TLVs that the caller writes, 0 for a health check (§2.2). */
export function writeV2Local(target: Uint8Array, at: number, tlvBytes = 0): number {
  writeFixed(target, at, LOCAL, UNSPEC, tlvBytes);
  return 16;
}

/** Writes v2 PROXY UNSPEC, 16 bytes: a client without an IP address. The caller then writes `tlvBytes` of TLVs. */
export function writeV2Unspec(target: Uint8Array, at: number, tlvBytes: number): number {
  writeFixed(target, at, PROXY, UNSPEC, tlvBytes);
  return 16;
}

/** Writes v2 PROXY for a unix stream socket, 232 bytes: paths of at most 108 bytes, padded with NULs. */
export function writeV2Unix(
  target: Uint8Array,
  at: number,
  source: Uint8Array,
  destination: Uint8Array,
  tlvBytes: number,
): number {
  writeFixed(target, at, PROXY, UNIX_STREAM, 2 * 108 + tlvBytes);
  target.fill(0, at + 16, at + 232);
  target.set(source, at + 16);
  target.set(destination, at + 124);
  return 232;
}

/** The first 16 bytes: signature, version and command, family and transport, length of the rest. */
function writeFixed(target: Uint8Array, at: number, command: number, family: number, length: number): void {
  // The signature, unrolled: measured, a loop over it costs as much as all the rest.
  target[at] = 0x0d;
  target[at + 1] = 0x0a;
  target[at + 2] = 0x0d;
  target[at + 3] = 0x0a;
  target[at + 4] = 0x00;
  target[at + 5] = 0x0d;
  target[at + 6] = 0x0a;
  target[at + 7] = 0x51;
  target[at + 8] = 0x55;
  target[at + 9] = 0x49;
  target[at + 10] = 0x54;
  target[at + 11] = 0x0a;
  target[at + 12] = command;
  target[at + 13] = family;
  target[at + 14] = length >> 8;
  target[at + 15] = length;
}

/** Source and destination port, big-endian. */
function writePorts(target: Uint8Array, at: number, sourcePort: number, destinationPort: number): void {
  target[at] = sourcePort >> 8;
  target[at + 1] = sourcePort;
  target[at + 2] = destinationPort >> 8;
  target[at + 3] = destinationPort;
}
