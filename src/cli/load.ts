import type { Host } from '../app/host.ts';
import { ConfigError } from '../config/config-error.ts';
import { describePlan, endpointText } from '../load/describe-plan.ts';
import { describeBroken, isBroken, isOfComparison } from '../load/fail-if.ts';
import { formatResult } from '../load/format-result.ts';
import type { Outcome } from '../load/outcome.ts';
import type { LoadPlan } from '../load/plan.ts';
import { createReport } from '../load/report.ts';
import { createResult, type LoadResult } from '../load/result.ts';
import { readResultFile, whyNotWritable, writeText } from '../load/result-files.ts';
import { startLoad } from '../load/run-load.ts';
import { showProgress } from '../load/show-progress.ts';
import type { Arguments, Command } from './command.ts';
import { readFlag } from './command-flag.ts';
import { LOAD_FLAGS, loadFlags } from './load-flags.ts';
import { readLoadPlan } from './load-plan.ts';

/** A `--fail-if` held, or a client was seen as somebody else, or by nobody who said so. */
const BROKEN = 3;

export const load: Command = {
  usage: 'herald load --to ADDR [flags]\n       herald load --direct ADDR --through ADDR [flags]',
  text: 'Plays many clients and measures. With a --rate connections come whatever the endpoint does, and each time is counted from when it should have begun: a stall is seen by all who came meanwhile. Status 3: a --fail-if held, or a client was seen as somebody else, or by nobody who says whom he saw.',
  flags: loadFlags(),
  examples: [
    ['herald load --to 127.0.0.1:8080 --work http --rate 500 --fail-if "p99>5ms"', 'for a pipeline'],
    [
      'herald load --to 127.0.0.1:8080 --work http --send v2 --clients 203.0.113.0/24 --verify',
      'does the address arrive? behind it stands herald echo',
    ],
    ['herald load --direct 127.0.0.1:9000 --through 127.0.0.1:8080 --work ping', 'what a proxy adds'],
  ],
  run: async (args, host) => {
    const plan = readLoadPlan(args);
    const failIfs = readFlag(args, 'failIf', LOAD_FLAGS.failIf.type) ?? [];
    for (const { text } of args.flags.has('to') ? failIfs.filter(isOfComparison) : []) {
      const expected = 'with added and ratio: --direct and --through';
      args.problems.push({ code: 'contradiction', option: '--fail-if', expected, got: text });
    }
    const files = readFiles(args);
    if (plan === undefined || args.problems.length > 0) throw new ConfigError(args.problems);
    warnOfDoubts(args, host);
    for (const path of [files.json, files.report]) {
      const why = path === undefined ? undefined : whyNotWritable(path);
      if (why !== undefined) return complain(host, `can't write ${path}: ${why}`);
    }
    const at = new Date();
    const outcome = await play(plan, host);
    if (outcome === undefined) return 1;
    const vain = whyVain(plan, outcome);
    if (vain !== null) return complain(host, vain);
    const result = createResult(outcome, { herald: host.version, at, asked: describePlan(plan) });
    host.stdout.write(`${formatResult(result, files.compare)}\n`);
    const unwritten = writeFiles(files, result);
    for (const line of unwritten) complain(host, line);
    const nothing = whyNothing(result);
    if (nothing !== null) complain(host, nothing);
    const broken = failIfs.filter((each) => isBroken(each, result));
    const sum = (count: 'wrongClients' | 'unknownClients') => result[count] + (result.direct?.[count] ?? 0);
    const wrong = sum('wrongClients');
    const unknown = sum('unknownClients');
    for (const each of broken) complain(host, `failed: ${describeBroken(each, result)}`);
    if (wrong > 0) complain(host, `failed: ${wrong} clients were seen as somebody else`);
    if (unknown > 0) {
      const why =
        'they are not of herald echo, or the endpoint does not read the PROXY headers that it is sent';
      complain(host, `failed: ${unknown} answers named no client: ${why}`);
    }
    if (broken.length > 0 || wrong > 0 || unknown > 0) return BROKEN;
    return nothing === null && unwritten.length === 0 ? 0 : 1;
  },
};

function warnOfDoubts({ flags }: Arguments, host: Host): void {
  const { type } = LOAD_FLAGS.clients;
  for (const doubt of type.doubts?.(flags.get('clients') ?? []) ?? [])
    complain(host, `warning: --clients: ${doubt}`);
}

/** What to say of a run that has no figures at all; else null. */
function whyVain(
  { endpoints }: LoadPlan,
  { refusedBy, endedEarly, measured, direct }: Outcome,
): string | null {
  if (refusedBy !== null) {
    return `nobody listens on ${endpointText(endpoints[refusedBy]!)}: every connection was refused from the start`;
  }
  const seconds = measured.achieved.seconds + (direct?.achieved.seconds ?? 0);
  return endedEarly && seconds === 0 ? 'ended before anything was measured' : null;
}

/** What to say of a run of which nothing went well, on one of its ways at least; else null. */
function whyNothing({ asked, direct, ...through }: LoadResult): string | null {
  for (const { achieved, errors, goodAnswers } of direct === undefined ? [through] : [direct, through]) {
    if (Object.values(errors).every((count) => count === 0)) continue;
    const { connections, requests, open } = achieved;
    if (goodAnswers > 0) continue;
    if (connections + requests + open === 0) return 'nobody was reached: no connection came to be';
    const asks = asked.work === 'ping' || asked.work === 'http';
    if (asks) return 'no request was answered as it should be';
  }
  return null;
}

interface Files {
  readonly json: string | undefined;
  readonly report: string | undefined;
  readonly compare: LoadResult | null;
}

function readFiles(args: Arguments): Files {
  const path = readFlag(args, 'compare', LOAD_FLAGS.compare.type);
  const other = path === undefined ? null : readResultFile(path);
  if (other !== null && 'problem' in other) {
    const expected = 'a file that herald load --json wrote';
    args.problems.push({
      code: 'invalid_result',
      option: '--compare',
      expected,
      got: `${path}: ${other.problem}`,
    });
  }
  return {
    json: readFlag(args, 'json', LOAD_FLAGS.json.type),
    report: readFlag(args, 'report', LOAD_FLAGS.report.type),
    compare: other === null || 'problem' in other ? null : other,
  };
}

/** What could not be written after all, and why: each a line. */
function writeFiles({ json, report, compare }: Files, result: LoadResult): string[] {
  const texts = [
    [json, () => `${JSON.stringify(result)}\n`],
    [report, () => createReport(result, compare)],
  ] as const;
  return texts.flatMap(([path, text]) => {
    const why = path === undefined ? undefined : writeText(path, text());
    return why === undefined ? [] : [`can't write ${path}: ${why}`];
  });
}

/** A first signal ends the run early, a second one at once: there is nothing then. */
async function play(plan: LoadPlan, host: Host): Promise<Outcome | undefined> {
  const run = startLoad(plan, await chooseSockets(host));
  let giveUp = (): void => {};
  const aborted = new Promise<undefined>((resolve) => {
    giveUp = () => resolve(undefined);
  });
  let signals = 0;
  const off = (['SIGINT', 'SIGTERM'] as const).map((signal) =>
    host.onSignal(signal, () => {
      run.stop();
      if (++signals < 2) return;
      run.abort();
      giveUp();
    }),
  );
  const hide = showProgress(host.stderr, run.progress);
  try {
    return await Promise.race([run.outcome, aborted]);
  } catch (error) {
    complain(host, `the generator could not go on: ${(error as Error).message}`);
    return undefined;
  } finally {
    hide();
    for (const stop of off) stop();
  }
}

/** Linux's own way, where koffi has a binary for the machine. */
async function chooseSockets(host: Host): Promise<'epoll' | 'net'> {
  if (host.platform !== 'linux') return 'net';
  try {
    await import('../load/epoll-sockets.ts');
    return 'epoll';
  } catch (error) {
    complain(host, `epoll can not be had here, node:net it is: ${(error as Error).message}`);
    return 'net';
  }
}

function complain(host: Host, line: string): number {
  host.stderr.write(`herald: ${line}\n`);
  return 1;
}
