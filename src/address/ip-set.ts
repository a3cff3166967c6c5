import type { Cidr } from './cidr.ts';

/**
 * A set of addresses as plain data, so that it can be sent to another thread: sorted, disjoint, inclusive ranges of
 * 128-bit keys. A range is 8 words: its first key and its last, four big-endian words each. An IPv4 address has the key of
 * its v4-mapped form.
 */
export type IpSet = Uint32Array;

const WORDS = 8;

/** The two parts of IPv6 below and above `::ffff:0:0/96`, the part that holds the IPv4 addresses. */
const BELOW_V4: Range = [0n, 0xfffeffffffffn];
const ABOVE_V4: Range = [0x1000000000000n, (1n << 128n) - 1n];

type Range = readonly [first: bigint, last: bigint];

/** One for all: a gateway has several for each listener. */
const EMPTY: IpSet = new Uint32Array(0);

/** The union of the CIDRs. An IPv6 range never contains an IPv4 address: `::/0` does not include `0.0.0.0/0`. */
export function createIpSet(cidrs: readonly Cidr[]): IpSet {
  if (cidrs.length === 0) return EMPTY;
  const ranges = cidrs.flatMap(rangesOf).sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  const merged: [bigint, bigint][] = [];
  for (const [first, last] of ranges) {
    const open = merged.at(-1);
    if (open === undefined || first > open[1] + 1n) merged.push([first, last]);
    else if (last > open[1]) open[1] = last;
  }
  return Uint32Array.from(merged.flatMap(([first, last]) => [...wordsOf(first), ...wordsOf(last)]));
}

/** Whether the set contains the address (4 or 16 bytes; false for any other length). Allocates nothing. */
export function ipSetHas(set: IpSet, ip: Uint8Array): boolean {
  if (ip.length === 4) return hasKey(set, 0, 0, 0xffff, wordAt(ip, 0));
  if (ip.length !== 16) return false;
  return hasKey(set, wordAt(ip, 0), wordAt(ip, 4), wordAt(ip, 8), wordAt(ip, 12));
}

/** Whether the set contains every address of the range. */
export function ipSetCovers(set: IpSet, cidr: Cidr): boolean {
  return rangesOf(cidr).every(([first, last]) => {
    const low = wordsOf(first);
    const high = wordsOf(last);
    const at = findRange(set, low[0], low[1], low[2], low[3]);
    return at >= 0 && compare(set, at + 4, high[0], high[1], high[2], high[3]) >= 0;
  });
}

function hasKey(set: IpSet, a: number, b: number, c: number, d: number): boolean {
  const at = findRange(set, a, b, c, d);
  return at >= 0 && compare(set, at + 4, a, b, c, d) >= 0;
}

/** The offset of the last range that begins at or before the key; negative if there is none. */
function findRange(set: IpSet, a: number, b: number, c: number, d: number): number {
  let low = 0;
  let high = (set.length / WORDS) | 0;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(set, middle * WORDS, a, b, c, d) <= 0) low = middle + 1;
    else high = middle;
  }
  return (low - 1) * WORDS;
}

/** Negative, 0 or positive: compares the key in the set at `at` with the key whose words are a, b, c, d. */
function compare(set: IpSet, at: number, a: number, b: number, c: number, d: number): number {
  if (set[at] !== a) return (set[at] as number) - a;
  if (set[at + 1] !== b) return (set[at + 1] as number) - b;
  if (set[at + 2] !== c) return (set[at + 2] as number) - c;
  return (set[at + 3] as number) - d;
}

function wordAt(ip: Uint8Array, at: number): number {
  const word =
    ((ip[at] as number) << 24) |
    ((ip[at + 1] as number) << 16) |
    ((ip[at + 2] as number) << 8) |
    (ip[at + 3] as number);
  return word >>> 0;
}

function rangesOf({ ip, prefix }: Cidr): Range[] {
  const hostBits = BigInt(8 * ip.length - prefix);
  const value = ip.reduce((sum, byte) => (sum << 8n) | BigInt(byte), ip.length === 4 ? 0xffffn : 0n);
  const first = (value >> hostBits) << hostBits;
  const last = first + (1n << hostBits) - 1n;
  if (ip.length === 4 || prefix >= 96) return [[first, last]];
  return [BELOW_V4, ABOVE_V4]
    .map(([from, to]): Range => [first > from ? first : from, last < to ? last : to])
    .filter(([from, to]) => from <= to);
}

function wordsOf(key: bigint): readonly [number, number, number, number] {
  const word = (shift: bigint) => Number((key >> shift) & 0xffffffffn);
  return [word(96n), word(64n), word(32n), word(0n)];
}
