import { setTimeout as sleep } from 'node:timers/promises';
import { startProcessorTime } from '../processor-time.ts';
import type { Subject } from '../scenario.ts';

/** Until a proxy has closed what its clients have just left. */
const SETTLE_MS = 50;

/** Runs some load; gives its milliseconds and the proxy's processor time in microseconds, null without a proxy. */
export async function observe(
  { running: { pid } }: Subject,
  load: () => Promise<number>,
): Promise<{ ms: number; processorUs: number | null }> {
  await sleep(SETTLE_MS);
  const used = pid === null ? null : startProcessorTime(pid);
  const ms = await load();
  await sleep(SETTLE_MS);
  return { ms, processorUs: used?.() ?? null };
}

/** Runs some load, after which as many connections must have reached the endpoint, each with the right header. */
export async function expectHeaders<T>(
  { contender: { header }, endpoint }: Subject,
  connections: number,
  load: () => Promise<T>,
): Promise<T> {
  const before = await endpoint.counts();
  const result = await load();
  const after = await endpoint.counts();
  const came = after[header] - before[header];
  if (came !== connections) {
    const what = header === 'none' ? 'no header' : `a ${header} header`;
    throw new Error(`${came} of ${connections} connections reached the endpoint with ${what}`);
  }
  return result;
}
