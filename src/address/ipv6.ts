// IPv6 as ASCII text in bytes, so that a v1 line is read and written without creating strings.

import { scanIpv4 } from './ipv4.ts';

const SPACE = 0x20;
const DOT = 0x2e;
const COLON = 0x3a;

/** 128 bits in groups of 16. */
const GROUPS = 8;

/**
 * Reads the RFC 4291 text that begins at `at` and ends with a space, and writes its 16 bytes to `out`: either case,
 * `::` at most once and for at least one group, dotted tail accepted, no zone. Returns the offset of the space, or `end`
 * if the bytes end before it and are valid so far, or `~i` if byte `i` is invalid. `out` is valid only if the space
 * was found.
 */
export function scanIpv6(bytes: Uint8Array, at: number, end: number, out: Uint8Array, outAt: number): number {
  let groups = 0;
  let gap = -1;
  let group = 0;
  let digits = 0;
  let afterColon = false;
  let i = at;
  if (i < end && bytes[i] === COLON) {
    if (i + 1 === end) return end;
    if (bytes[i + 1] !== COLON) return ~(i + 1);
    gap = 0;
    i += 2;
  }
  for (; i < end; i++) {
    const byte = bytes[i] as number;
    const digit = hexDigit(byte);
    if (digit >= 0) {
      if (digits === 4 || (digits === 0 && groups === room(gap))) return ~i;
      group = digits === 0 ? digit : (group << 4) | digit;
      digits++;
      afterColon = false;
    } else if (byte === COLON) {
      if (digits > 0) {
        putGroup(out, outAt + 2 * groups, group);
        groups++;
        digits = 0;
        // After a colon comes a group, or another colon if there was no `::` yet.
        if (groups === (gap < 0 ? GROUPS : room(gap))) return ~i;
        afterColon = true;
      } else if (afterColon && gap < 0) {
        gap = groups;
        afterColon = false;
      } else return ~i;
    } else if (byte === DOT) {
      if (digits === 0 || (gap < 0 ? groups !== GROUPS - 2 : groups > room(gap) - 2)) return ~i;
      const stop = scanIpv4(bytes, i - digits, end, out, outAt + 2 * groups);
      // Digits that were valid as hexadecimal (`::0a`, `::00`) become invalid only with this dot.
      if (stop < 0) return ~stop < i ? ~i : stop;
      if (stop < end) spread(out, outAt, groups + 2, gap);
      return stop;
    } else {
      if (byte !== SPACE || afterColon) return ~i;
      if (digits > 0) putGroup(out, outAt + 2 * groups++, group);
      if (gap < 0 && groups !== GROUPS) return ~i;
      spread(out, outAt, groups, gap);
      return i;
    }
  }
  return end;
}

/**
 * Writes the 16 bytes of `ip` at `ipAt` as RFC 5952 text; returns the number of bytes, at most 39.
 * A v4-mapped address is written in hexadecimal groups too: §2.1 allows a sender nothing else.
 */
export function writeIpv6(target: Uint8Array, at: number, ip: Uint8Array, ipAt: number): number {
  // RFC 5952 §4.2: `::` replaces the longest run of at least two zero groups; of equal runs, the first.
  let runAt = -1;
  let runLength = 1;
  for (let i = 0; i < GROUPS; i++) {
    let length = 0;
    while (i + length < GROUPS && getGroup(ip, ipAt + 2 * (i + length)) === 0) length++;
    if (length > runLength) {
      runAt = i;
      runLength = length;
    }
    i += length;
  }
  let next = at;
  for (let i = 0; i < GROUPS; ) {
    if (i === runAt) {
      target[next++] = COLON;
      i += runLength;
      if (i === GROUPS) target[next++] = COLON;
      continue;
    }
    if (i > 0) target[next++] = COLON;
    const group = getGroup(ip, ipAt + 2 * i);
    if (group > 0xfff) target[next++] = hexCode(group >> 12);
    if (group > 0xff) target[next++] = hexCode((group >> 8) & 15);
    if (group > 0xf) target[next++] = hexCode((group >> 4) & 15);
    target[next++] = hexCode(group & 15);
    i++;
  }
  return next - at;
}

/** How many groups the text may spell out: `::` stands for at least one (RFC 4291 §2.2). */
function room(gap: number): number {
  return gap < 0 ? GROUPS : GROUPS - 1;
}

/** Moves the groups after `::` to the end and fills the gap with zeros. */
function spread(out: Uint8Array, outAt: number, groups: number, gap: number): void {
  if (gap < 0) return;
  const tailAt = outAt + 2 * GROUPS - 2 * (groups - gap);
  out.copyWithin(tailAt, outAt + 2 * gap, outAt + 2 * groups);
  out.fill(0, outAt + 2 * gap, tailAt);
}

function getGroup(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function putGroup(bytes: Uint8Array, at: number, group: number): void {
  bytes[at] = group >> 8;
  bytes[at + 1] = group & 0xff;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function hexCode(digit: number): number {
  return digit < 10 ? 0x30 + digit : 0x57 + digit;
}
