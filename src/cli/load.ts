import { ConfigError } from '../config/config-error.ts';
import { describePlan } from '../load/describe-plan.ts';
import { formatResult } from '../load/report/format-result.ts';
import { formatSteps } from '../load/report/format-steps.ts';
import { createResult } from '../load/result.ts';
import type { Host } from '../observe/host.ts';
import type { Arguments, CliCommand } from './command.ts';
import { readLoadFiles, textOutput, whyNoFiles, writeLoadFiles } from './load-files.ts';
import { LOAD_FLAGS, loadFlags } from './load-flags.ts';
import { createPlayer, type Player } from './load-player.ts';
import { playRamp, playSearch, type StepsEnd } from './load-steps.ts';
import { type LoadTask, readLoadTask } from './load-task.ts';
import { verdictOf, whyVain } from './load-verdict.ts';

export const load: CliCommand = {
  usage: 'herald load --to ADDR [flags]\n       herald load --direct ADDR --through ADDR [flags]',
  text: "Plays many clients and measures how long they take. With --rate, arrivals do not wait for the endpoint, and each time counts from when it should have begun: a stall lengthens the times of all clients that arrive during it. A percentile is shown only if at least one sample lies above it (p99 needs 100 samples); otherwise – is shown. Exit status: 1 no good answer; 3 a --fail-if holds or cannot be judged, no rate satisfies --find, or --verify found a client with another address or with none; 4 the generator was the limit, so the figures are not the endpoint's.",
  flags: loadFlags(),
  mainFlags: [
    ...['to', 'direct', 'through', 'work', 'send'],
    ...['clients', 'rate', 'duration', 'failIf', 'report'],
  ],
  examples: [
    [
      'herald load --to 127.0.0.1:8080 --work http --rate 500 --fail-if "p99>5ms"',
      'In a pipeline: exit status 3 if p99 is above 5 ms.',
    ],
    [
      'herald load --to 127.0.0.1:9000 --work http --send v2 --clients 203.0.113.0/24 --verify',
      'Does the address arrive? Here herald echo itself reads the header.',
    ],
    [
      'herald load --direct 127.0.0.1:9001 --through 127.0.0.1:8081 --work ping',
      'What a proxy adds: herald echo --raw, and an edge in front of it.',
    ],
    [
      'herald load --to 127.0.0.1:8080 --work http --find "p99<5ms"',
      'The highest rate at which p99 stays below 5 ms.',
    ],
    ['herald load --to 127.0.0.1:8080 --work http --ramp 100..5000', 'A rising rate: where does it break?'],
  ],
  run: async (args, host) => {
    const task = readLoadTask(args);
    const files = readLoadFiles(args, task === undefined ? null : describePlan(task.plan));
    if (task === undefined || args.problems.length > 0) throw new ConfigError(args.problems);
    warnOfDoubts(args, host);
    const noFiles = whyNoFiles(files);
    if (noFiles !== undefined) return complain(host, noFiles);
    const steps = task.find !== undefined || task.ramp !== undefined;
    const player = await createPlayer(host, { steps });
    const end = await play(task, player, host).finally(() => player.close());
    if (!('result' in end)) return end.vain === null ? 1 : complain(host, end.vain);
    const { result } = end;
    const text = steps ? formatSteps(result) : formatResult(result, files.compare);
    textOutput(files, host).write(`${text}\n`);
    const { status, lines } = verdictOf(result, task.failIfs, await writeLoadFiles(files, result, host));
    for (const line of lines) complain(host, line);
    return status;
  },
};

async function play(task: LoadTask, player: Player, host: Host): Promise<StepsEnd> {
  const { plan, find, ramp, failIfs } = task;
  if (find !== undefined) return playSearch({ plan, player, host }, find);
  if (ramp !== undefined) return playRamp({ plan, player, host }, ramp, failIfs);
  const at = new Date();
  const outcome = await player.play(plan);
  if (outcome === undefined) return { vain: null };
  const vain = whyVain(plan, outcome);
  if (vain !== null) return { vain };
  return { result: createResult(outcome, { herald: host.version, at, asked: describePlan(plan) }) };
}

function warnOfDoubts({ flags }: Arguments, host: Host): void {
  const { type } = LOAD_FLAGS.clients;
  for (const doubt of type.doubts?.(flags.get('clients') ?? []) ?? [])
    complain(host, `warning: --clients: ${doubt}`);
}

function complain(host: Host, line: string): number {
  host.stderr.write(`herald: ${line}\n`);
  return 1;
}
