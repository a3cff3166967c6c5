import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { installed } from './contenders/installed.ts';
import { observeAround } from './observe.ts';
import { binding } from './processors.ts';
import type { Figure, Subject } from './scenario.ts';

/** `wrk` accepts whole seconds only. */
const SECONDS = 1;
const command = installed('wrk');
const run = promisify(execFile);

/** Whether `wrk` is installed. */
export const hasWrk = command !== null;

/**
 * The same closed loop by `wrk`, with one thread, and the proxy's processor time meanwhile: the cost should not depend on
 * the load generator.
 */
export async function crossCheck(subject: Subject, connections: number, keeps: boolean): Promise<Figure> {
  const close = keeps ? [] : ['-H', 'Connection: close'];
  const url = `http://127.0.0.1:${subject.running.port}/`;
  const [file, ...args] = [
    ...binding('load'),
    ...[command!, '-t1', `-c${connections}`, `-d${SECONDS}s`, ...close, url],
  ];
  const { result, processorUs, answers } = await observeAround(subject, () => run(file!, args));
  if (/Socket errors|Non-2xx/.test(result.stdout)) throw new Error(`wrk: ${result.stdout}`);
  return {
    wrkCost: processorUs === null ? null : processorUs / answers,
    wrkRate: Number(/Requests\/sec:\s+([\d.]+)/.exec(result.stdout)![1]),
  };
}
