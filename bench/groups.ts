import { summarize } from '../src/load/statistics.ts';
import { CONTENDERS } from './contenders/contenders.ts';
import type { Group } from './options.ts';
import { figuresOf } from './ratios.ts';
import { type Result, runScenario, type Surroundings } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { bulkDown, bulkUp } from './scenarios/bulk.ts';
import { endpoints } from './scenarios/endpoints.ts';
import { idle, unfinished } from './scenarios/idle.ts';
import { ingress } from './scenarios/ingress.ts';
import { kept } from './scenarios/kept.ts';
import { latency } from './scenarios/latency.ts';
import { open } from './scenarios/open.ts';
import { short } from './scenarios/short.ts';
import { threads } from './scenarios/threads.ts';

/** The scenarios of each key of `--only`. Latency needs a capacity, and the codec has no contenders. */
const SCENARIOS: Readonly<Record<Exclude<Group, 'latency' | 'codec'>, readonly Scenario[]>> = {
  short: [short],
  kept: [kept],
  bulk: [bulkDown, bulkUp],
  ingress: [ingress('v1'), ingress('v2')],
  idle: [idle, unfinished],
  endpoints: [endpoints],
  open: [open],
  threads: [threads],
};

const CAPACITY_ROUNDS = 3;

/** The scenarios of a group, given the results of those before it. */
export async function scenariosOf(
  group: Group,
  results: readonly Result[],
  around: Surroundings,
): Promise<readonly Scenario[]> {
  if (group === 'codec') return [];
  if (group !== 'latency') return SCENARIOS[group];
  const before = results.find(({ scenario }) => scenario.id === 'short');
  const capacity = capacityIn(before) ?? (await measureCapacity(around));
  return [latency(capacity)];
}

/** The rate of HAProxy in the closed loop, or of Herald if HAProxy was not measured. */
function capacityIn(result: Result | undefined): { rate: number; of: string } | null {
  if (result === undefined) return null;
  for (const id of ['haproxy', 'herald-epoll'] as const) {
    const rate = summarize(figuresOf(result, { id }, 'rate'));
    if (rate !== null) return { rate: rate.median, of: id === 'haproxy' ? 'HAProxy' : 'Herald (epoll)' };
  }
  return null;
}

async function measureCapacity(around: Surroundings) {
  const those = CONTENDERS.filter(({ id }) => id === 'haproxy' || id === 'herald-epoll');
  const result = await runScenario({ ...short, crossCheck: null }, those, CAPACITY_ROUNDS, around);
  const capacity = capacityIn(result);
  if (capacity === null)
    throw new Error('neither HAProxy nor Herald could be measured: there is no capacity to ask shares of');
  return capacity;
}
