// The codec against proxy-protocol-js in one run: `node dist/bench/micro/codec.js`. A ratio is theirs ÷ ours, of
// medians; the spread is the range of the medians of several turns, the sides taking turns. Exits 1 where
// proxy-protocol-js is missing or a ratio that Herald promises is not reached.

import { do_not_optimize, measure } from 'mitata';
import { IPV4_CLIENTS, IPV6_CLIENTS } from './clients.ts';
import type { Round } from './herald-codec.ts';
import { headersOf, roundOfParse, roundOfWriteV1, roundOfWriteV2 } from './herald-codec.ts';
import type { PeerCodec } from './peer-codec.ts';
import { createPeerCodec } from './peer-codec.ts';

interface CodecCase {
  readonly name: string;
  readonly ours: Round;
  readonly theirs: Round | null;
  /** The least ratio that Herald promises; null where a case is for information. */
  readonly goal: number | null;
}

const TURNS = 5;

function codecCases(peer: PeerCodec): CodecCase[] {
  const v4 = IPV4_CLIENTS;
  const v6 = IPV6_CLIENTS;
  const parse = (name: string, version: 1 | 2, clients: typeof v4, goal: number | null): CodecCase => {
    const headers = headersOf(clients, version);
    const theirs = version === 1 ? peer.roundOfParseV1(headers) : peer.roundOfParseV2(headers);
    return { name, ours: roundOfParse(headers), theirs, goal };
  };
  const withTlvs = roundOfParse(headersOf(v4, 2, true));
  return [
    { name: 'format v2 IPv4', ours: roundOfWriteV2(v4), theirs: peer.roundOfBuildV2(v4), goal: 3 },
    { name: 'format v2 IPv6', ours: roundOfWriteV2(v6), theirs: peer.roundOfBuildV2(v6), goal: 3 },
    parse('parse v2 IPv4', 2, v4, 1.5),
    parse('parse v2 IPv6', 2, v6, 1.5),
    { name: 'parse v2 IPv4 + TLVs, CRC32C', ours: withTlvs, theirs: null, goal: null },
    { name: 'format v1 IPv4', ours: roundOfWriteV1(v4), theirs: peer.roundOfBuildV1(v4), goal: null },
    { name: 'format v1 IPv6', ours: roundOfWriteV1(v6), theirs: peer.roundOfBuildV1(v6), goal: null },
    parse('parse v1 IPv4', 1, v4, null),
    parse('parse v1 IPv6', 1, v6, null),
  ];
}

/** The medians of each turn, nanoseconds a header, ascending. */
async function mediansOf(rounds: readonly Round[]): Promise<number[][]> {
  const medians: number[][] = rounds.map(() => []);
  for (let turn = 0; turn < TURNS; turn++) {
    for (const [side, round] of rounds.entries()) {
      const { p50 } = await measure(() => do_not_optimize(round()), { min_cpu_time: 200e6 });
      medians[side]!.push(p50 / IPV4_CLIENTS.length);
    }
  }
  return medians.map((side) => side.sort((a, b) => a - b));
}

function formatSide(medians: number[]): string {
  const [least, median, most] = [medians[0]!, medians[medians.length >> 1]!, medians.at(-1)!];
  return `${median.toFixed(1).padStart(7)} ns (${least.toFixed(1)}..${most.toFixed(1)})`.padEnd(30);
}

async function main(): Promise<number> {
  const peer = await import('proxy-protocol-js').catch(() => undefined);
  if (peer === undefined) {
    console.error('proxy-protocol-js is missing, so there is nothing to compare with: npm ci');
    return 1;
  }
  let exitCode = 0;
  console.log(`a header, 64 different ones, median of ${TURNS} turns (least..most)\n`);
  console.log(`${''.padEnd(30)}${'Herald'.padStart(10).padEnd(30)}${'proxy-protocol-js'.padEnd(30)}ratio`);
  for (const { name, ours, theirs, goal } of codecCases(createPeerCodec(peer.default ?? peer))) {
    const [mine, other] = await mediansOf(theirs === null ? [ours] : [ours, theirs]);
    const ratio = other === undefined ? undefined : other[TURNS >> 1]! / mine![TURNS >> 1]!;
    const missed = goal !== null && !(ratio !== undefined && ratio >= goal);
    if (missed) exitCode = 1;
    const verdict = goal === null ? '' : missed ? `  MISSED: at least ${goal}` : `  at least ${goal}`;
    const compared = other === undefined ? '' : `${formatSide(other)}${ratio!.toFixed(1)}x${verdict}`;
    console.log(`${name.padEnd(30)}${formatSide(mine!)}${compared}`);
  }
  return exitCode;
}

process.exitCode = await main();
