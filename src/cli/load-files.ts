import type { Asked } from '../load/describe-plan.ts';
import { whyIncomparable } from '../load/report/compare-runs.ts';
import { createReport } from '../load/report/report.ts';
import { readResultFile, whyNotWritable, writeStream, writeText } from '../load/report/result-files.ts';
import type { LoadResult } from '../load/result.ts';
import type { Host } from '../observe/host.ts';
import { type Arguments, readFlag } from './command.ts';
import { LOAD_FLAGS } from './load-flags.ts';

/** As the file of `--json`: figures go to standard output, and text to standard error. */
const STANDARD_OUTPUT = '-';

/** Where figures of a run are written, and the run that they are compared with. */
export interface LoadFiles {
  readonly json: string | undefined;
  readonly report: string | undefined;
  readonly compare: LoadResult | null;
}

/** Reads the flags that name files. A run to compare with must have a plan like `asked`. */
export function readLoadFiles(args: Arguments, asked: Asked | null): LoadFiles {
  const json = readFlag(args, 'json', LOAD_FLAGS.json.type);
  const report = readFlag(args, 'report', LOAD_FLAGS.report.type);
  if (report === STANDARD_OUTPUT) {
    const expected = 'the name of a file: only --json - is standard output';
    args.problems.push({ code: 'contradiction', option: '--report', expected, got: STANDARD_OUTPUT });
  } else if (json !== undefined && report !== undefined && plainPath(json) === plainPath(report)) {
    const expected = 'another file than that of --json';
    args.problems.push({ code: 'contradiction', option: '--report', expected, got: report });
  }
  return {
    json,
    report,
    compare: readCompared(args, asked),
  };
}

/** `./run.json` and `run.json` are the same file. */
function plainPath(path: string): string {
  return path.replace(/^(?:\.\/+)+/, '');
}

function readCompared(args: Arguments, asked: Asked | null): LoadResult | null {
  const path = readFlag(args, 'compare', LOAD_FLAGS.compare.type);
  if (path === undefined) return null;
  const refuse = (code: string, expected: string, why: string, message?: string): null => {
    const problem = { code, option: '--compare', expected, got: `${path}: ${why}` };
    args.problems.push(message === undefined ? problem : { ...problem, message });
    return null;
  };
  const other = path === STANDARD_OUTPUT ? { problem: 'standard input is not read' } : readResultFile(path);
  if ('problem' in other)
    return refuse('invalid_result', 'a file that herald load --json wrote', other.problem);
  const why = asked === null ? null : whyIncomparable(asked, other.asked);
  if (why === null) return other;
  const message = `${path} cannot be compared with this run: ${why}`;
  return refuse('unlike_runs', 'a run of the same kind', why, message);
}

/** Why a file cannot be written, as far as can be checked before the run; undefined if all can. */
export function whyNoFiles({ json, report }: LoadFiles): string | undefined {
  for (const path of [json, report]) {
    const why = path === undefined || path === STANDARD_OUTPUT ? undefined : whyNotWritable(path);
    if (why !== undefined) return cannotWrite(path!, why);
  }
  return undefined;
}

/** Stream for text. */
export function textOutput({ json }: LoadFiles, host: Host): NodeJS.WritableStream {
  return json === STANDARD_OUTPUT ? host.stderr : host.stdout;
}

/** Writes the figures, standard output last. Resolves to one line for each file that could not be written. */
export async function writeLoadFiles(
  { json, report, compare }: LoadFiles,
  result: LoadResult,
  host: Host,
): Promise<string[]> {
  const figures = `${JSON.stringify(result)}\n`;
  const texts = [
    [json === STANDARD_OUTPUT ? undefined : json, () => figures],
    [report, () => createReport(result, compare)],
  ] as const;
  const lines = texts.flatMap(([path, text]) => {
    const why = path === undefined ? undefined : writeText(path, text());
    return why === undefined ? [] : [cannotWrite(path!, why)];
  });
  if (json !== STANDARD_OUTPUT) return lines;
  const why = await writeStream(host.stdout, figures);
  return why === undefined ? lines : [...lines, cannotWrite('standard output', why)];
}

function cannotWrite(path: string, why: string): string {
  return `cannot write ${path}: ${why}`;
}
