import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { summarize } from '../src/load/statistics.ts';
import { NONE, numberText, summaryText } from './numbers.ts';
import { binding } from './processors.ts';
import { verdictOf } from './targets.ts';

/** One case of the codec beside proxy-protocol-js: medians in nanoseconds a header. */
export interface CodecRow {
  readonly name: string;
  readonly ours: number;
  /** Null if proxy-protocol-js has no such operation. */
  readonly theirs: number | null;
  /** proxy-protocol-js ÷ Herald, for each turn. */
  readonly ratios: readonly number[];
  /** The lowest ratio that Herald promises; null if the case is for information. */
  readonly goal: number | null;
}

const SCRIPT = fileURLToPath(new URL('./micro/codec.js', import.meta.url));
const TURNS = { full: 15, quick: 3 } as const;
const run = promisify(execFile);

export const CODEC_TITLE = 'The codec beside proxy-protocol-js';
export const CODEC_TEXT =
  'Headers of 64 different clients, formatted into a given buffer and parsed with every check; proxy-protocol-js parses ' +
  'unchecked. Medians of turns; a ratio is its time in ours, in brackets the 95 % interval of the median.';

/** Runs `micro/codec.ts` in a process of its own, so that nothing else is compiled in it. */
export async function measureCodec(quick: boolean): Promise<readonly CodecRow[]> {
  const turns = TURNS[quick ? 'quick' : 'full'];
  const [file, ...args] = [...binding('contender'), process.execPath, SCRIPT, '--json', `${turns}`];
  const { stdout } = await run(file!, args);
  return JSON.parse(stdout);
}

export function codecTable(rows: readonly CodecRow[]): readonly (readonly string[])[] {
  const body = rows.map(({ name, ours, theirs, ratios }) => [
    ...[name, numberText(ours), theirs === null ? NONE : numberText(theirs)],
    summaryText(summarize(ratios)),
  ]);
  return [['', 'Herald, ns', 'proxy-protocol-js, ns', 'times as fast'], ...body];
}

/** The cases with a target, as rows of the table of targets. */
export function codecTargets(rows: readonly CodecRow[]): readonly (readonly string[])[] {
  return rows.flatMap(({ name, ratios, goal }) => {
    if (goal === null) return [];
    const measured = summarize(ratios);
    const text = measured === null ? 'not measured' : verdictOf(measured.median >= goal, measured.count);
    return [[CODEC_TITLE, `${name}, times as fast`, `≥ ${goal}`, summaryText(measured), text]];
  });
}
