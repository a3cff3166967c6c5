import { setTimeout as sleep } from 'node:timers/promises';
import type { LoadPlan } from '../src/load/load-plan.ts';
import type { Outcome } from '../src/load/outcome.ts';
import type { HeldRun } from './load-process.ts';
import { planOf } from './plans.ts';
import type { Counts } from './ports.ts';
import { startProcessorTime } from './processor-time.ts';
import type { Subject } from './scenario.ts';

/** The time in which a proxy closes what its clients have closed. */
const SETTLE_MS = 50;
const POLL_MS = 20;
const PATIENCE_MS = 20_000;

/** Longer than any connections are held. */
export const HOLD_MS = 240_000;
/** Fewer than the usual backlog of 511: a SYN that does not fit is sent again a second later. */
const MAX_AT_ONCE = 500;

const HEADERS = ['none', 'v1', 'v2', 'invalid'] as const;

export interface Observed<T> {
  readonly result: T;
  /** The proxy's processor time in microseconds; null without a proxy. */
  readonly processorUs: number | null;
  /** What reached the endpoint: connections, complete answers, bytes that it read. */
  readonly connections: number;
  readonly answers: number;
  readonly sunk: number;
}

/**
 * Plays a plan and measures its cost. Rejects if a connection failed. With `overload`, connections without an answer are
 * counted instead: the rate was higher than the proxy can serve.
 */
export async function observe(
  subject: Subject,
  plan: LoadPlan,
  {
    settleMs = SETTLE_MS,
    overload = false,
  }: { readonly settleMs?: number; readonly overload?: boolean } = {},
): Promise<Observed<Outcome>> {
  const observed = await observeAround(subject, () => subject.load.run(plan), settleMs);
  const { errors } = observed.result.measured;
  expectNoErrors(overload ? { ...errors, unanswered: 0 } : errors);
  return observed;
}

/**
 * The proxy's processor time for some load. The connections that it is divided by are counted at the endpoint, so that
 * both figures cover exactly the same ones. Rejects if one reached the endpoint without the expected header.
 */
export async function observeAround<T>(
  subject: Subject,
  load: () => Promise<T>,
  settleMs = SETTLE_MS,
): Promise<Observed<T>> {
  const { running, endpoint } = subject;
  const before = await quietCounts(subject);
  const used = running.pids.map((pid) => startProcessorTime(pid));
  const result = await load();
  await sleep(settleMs);
  const times = used.map((time) => time());
  const after = await endpoint.counts();
  return {
    result,
    processorUs: times.length === 0 ? null : times.reduce((sum, time) => sum + time),
    connections: expectHeaders(subject, before, after),
    answers: after.answers - before.answers,
    sunk: after.sunk - before.sunk,
  };
}

/**
 * The endpoint's counts once they stand still: an overloaded proxy still forwards queued connections, which must not be
 * counted for the next contender.
 */
async function quietCounts({ endpoint }: Subject): Promise<Counts> {
  const until = Date.now() + PATIENCE_MS;
  let before = await endpoint.counts();
  for (;;) {
    await sleep(SETTLE_MS);
    const now = await endpoint.counts();
    if (HEADERS.every((each) => now[each] === before[each]) || Date.now() > until) return now;
    before = now;
  }
}

/** Opens idle connections in batches. At the end all have reached the endpoint with the expected header. */
export async function hold(subject: Subject, connections: number): Promise<Held> {
  const before = await subject.endpoint.counts();
  const runs: HeldRun[] = [];
  let opened = 0;
  while (opened < connections) {
    const more = Math.min(connections - opened, MAX_AT_ONCE);
    const run = subject.load.hold(planOf(subject, { work: 'idle', connections: more, durationMs: HOLD_MS }));
    runs.push(run);
    opened += more;
    await untilAtEndpoint(subject, before, opened, run);
  }
  return { release: () => release(runs, connections) };
}

/** Open connections without traffic. */
export interface Held {
  /** Closes them. Rejects if one of them ended before. */
  release(): Promise<void>;
}

async function untilAtEndpoint(
  subject: Subject,
  before: Counts,
  wanted: number,
  run: HeldRun,
): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    await sleep(POLL_MS);
    const count = expectHeaders(subject, before, await subject.endpoint.counts());
    if (count >= wanted) return;
    if (Date.now() < until) continue;
    const { errors } = (await run.end()).measured;
    throw new Error(`${count} of ${wanted} connections reached the endpoint${listOf(errors)}`);
  }
}

/** Closes held connections. Rejects if one of them ended before. */
export async function release(runs: readonly HeldRun[], connections: number): Promise<void> {
  const outcomes = await Promise.all(runs.map((run) => run.end()));
  for (const { measured } of outcomes) expectNoErrors(measured.errors);
  const open = outcomes.reduce((sum, { measured }) => sum + measured.achieved.open, 0);
  if (open !== connections) throw new Error(`${open} of ${connections} held connections were still open`);
}

function expectNoErrors(errors: Readonly<Record<string, number>>): void {
  const list = listOf(errors);
  if (list !== '') throw new Error(`connections failed${list}`);
}

function listOf(errors: Readonly<Record<string, number>>): string {
  const kinds = Object.entries(errors).filter(([, count]) => count > 0);
  return kinds.length === 0 ? '' : `: ${kinds.map(([kind, count]) => `${kind} ${count}`).join(', ')}`;
}

/** The number of connections; throws if one of them had another header. */
function expectHeaders({ header }: Subject, before: Counts, after: Counts): number {
  for (const each of HEADERS) {
    const count = after[each] - before[each];
    if (each === header || count === 0) continue;
    const what = each === 'none' ? 'no header' : each === 'invalid' ? 'a wrong header' : `a ${each} header`;
    throw new Error(`${count} connections reached the endpoint with ${what}`);
  }
  return after[header] - before[header];
}
