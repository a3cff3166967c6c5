// The codec against proxy-protocol-js in one run: `node dist/bench/micro/codec.js`; with `--json` and a number of turns
// it prints what `bench/codec.ts` reads. The two sides take turns; a ratio is proxy-protocol-js ÷ Herald in one turn.
// Exits 1 if proxy-protocol-js is missing or a promised ratio is not reached.

import { do_not_optimize, measure } from 'mitata';
import type { CodecRow } from '../codec.ts';
import { IPV4_CLIENTS, IPV6_CLIENTS } from './clients.ts';
import type { Round } from './herald-codec.ts';
import { headersOf, roundOfParse, roundOfWriteV1, roundOfWriteV2 } from './herald-codec.ts';
import type { PeerCodec } from './peer-codec.ts';
import { createPeerCodec } from './peer-codec.ts';

interface CodecCase {
  readonly name: string;
  readonly ours: Round;
  readonly theirs: Round | null;
  /** The lowest ratio that Herald promises; null if the case is for information. */
  readonly goal: number | null;
}

const TURNS = 21;
const [flag, asked] = process.argv.slice(2);
const turns = Number(asked ?? TURNS);
/**
 * Short turns, so that both sides run at the same processor frequency. No forced collections: without --expose-gc,
 * mitata forces them by an array of 1 GiB, which distorts everything after it.
 */
const OPTIONS = { min_cpu_time: 30e6, batch_samples: 64, gc: false } as const;

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

interface Comparison {
  /** Medians of the turns, nanoseconds a header, ascending. */
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
  /** proxy-protocol-js ÷ Herald for each turn, ascending. */
  readonly ratios: readonly number[];
}

async function compare(ours: Round, theirs: Round | null): Promise<Comparison> {
  const comparison = { ours: [] as number[], theirs: [] as number[], ratios: [] as number[] };
  for (let turn = 0; turn < turns; turn++) {
    const mine = await medianOf(ours);
    comparison.ours.push(mine);
    if (theirs === null) continue;
    const other = await medianOf(theirs);
    comparison.theirs.push(other);
    comparison.ratios.push(other / mine);
  }
  for (const numbers of Object.values(comparison)) numbers.sort((a, b) => a - b);
  return comparison;
}

/** Output for `bench/codec.ts`: medians, and the ratios of all turns. */
async function rowsOf(cases: readonly CodecCase[]): Promise<CodecRow[]> {
  const rows: CodecRow[] = [];
  for (const { name, ours, theirs, goal } of cases) {
    const compared = await compare(ours, theirs);
    rows.push({
      ...{ name, goal, ours: middle(compared.ours), ratios: compared.ratios },
      theirs: theirs === null ? null : middle(compared.theirs),
    });
  }
  return rows;
}

async function medianOf(round: Round): Promise<number> {
  const { p50 } = await measure(() => do_not_optimize(round()), OPTIONS);
  return p50 / IPV4_CLIENTS.length;
}

function middle(ascending: readonly number[]): number {
  return ascending[ascending.length >> 1]!;
}

function spread(ascending: readonly number[], unit: string): string {
  const range = `${ascending[0]!.toFixed(1)}..${ascending.at(-1)!.toFixed(1)}`;
  return `${middle(ascending).toFixed(1).padStart(7)}${unit} (${range})`.padEnd(28);
}

async function main(): Promise<number> {
  const peer = await import('proxy-protocol-js').catch(() => undefined);
  if (peer === undefined) {
    console.error('proxy-protocol-js is missing, so there is nothing to compare with: npm ci');
    return 1;
  }
  if (flag === '--json') {
    console.log(JSON.stringify(await rowsOf(codecCases(createPeerCodec(peer)))));
    return 0;
  }
  let exitCode = 0;
  console.log(
    `nanoseconds a header, ${IPV4_CLIENTS.length} different ones: median of ${turns} turns (least..most)\n`,
  );
  console.log(
    ['', ' Herald', ' proxy-protocol-js', ' ratio', 'promised'].map((title) => title.padEnd(28)).join(''),
  );
  for (const { name, ours, theirs, goal } of codecCases(createPeerCodec(peer))) {
    const { ours: mine, theirs: other, ratios } = await compare(ours, theirs);
    const columns = [name.padEnd(28), spread(mine, ' ns')];
    if (theirs !== null) columns.push(spread(other, ' ns'), spread(ratios, 'x'));
    if (goal !== null) {
      const reached = middle(ratios) >= goal;
      columns.push(`at least ${goal}x${reached ? '' : ': MISSED'}`);
      if (!reached) exitCode = 1;
    }
    console.log(columns.join('').trimEnd());
  }
  return exitCode;
}

process.exitCode = await main();
