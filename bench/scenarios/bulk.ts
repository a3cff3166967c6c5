import type { LoadPlan } from '../../src/load/load-plan.ts';
import { observe } from '../observe.ts';
import { planOf } from '../plans.ts';
import { LARGE_BYTES } from '../ports.ts';
import { ONE_STEP, type Scenario, type Subject } from '../scenario.ts';

const CONNECTIONS = 4;
const ROUND_MS = 500;
const ROUND_WARMUP_MS = 100;
const WRITE_BYTES = 64 * 1024;
/** Time for the last bytes of the client to reach the endpoint. */
const SETTLE_MS = 150;
const GIGABYTE = 1e9;

const COMMON = {
  layout: 'contenders',
  cost: { id: 'cost', unit: 'ms a GB' },
  rate: { id: 'rate', unit: 'GB/s' },
  steps: ONE_STEP,
  rounds: 9,
  quickRounds: 1,
  fresh: false,
  held: CONNECTIONS,
  accepts: 'none',
  presents: true,
} as const satisfies Partial<Scenario>;

function plan(subject: Subject, asked: Partial<LoadPlan>): LoadPlan {
  return planOf(subject, {
    connections: CONNECTIONS,
    durationMs: ROUND_MS,
    warmupMs: ROUND_WARMUP_MS,
    ...asked,
  });
}

const MEGABYTES = LARGE_BYTES / 1024 ** 2;
const DOWN = { keep: true } as const;
const UP = { work: 'bulk', payloadBytes: WRITE_BYTES } as const;

export const bulkDown: Scenario = {
  ...COMMON,
  id: 'bulk-down',
  title: 'Bulk, from the endpoint to the client',
  text: `A round is ${ROUND_MS} ms of HTTP answers of ${MEGABYTES} MiB over ${CONNECTIONS} connections that stay.`,
  work: 'large',

  async warmUp(subject) {
    await observe(subject, plan(subject, DOWN));
  },

  async measure(subject) {
    const { result, processorUs, answers } = await observe(subject, plan(subject, DOWN));
    return {
      cost: processorUs === null ? null : processorUs / 1000 / ((answers * LARGE_BYTES) / GIGABYTE),
      rate: result.measured.achieved.receivedBytesPerSecond / GIGABYTE,
    };
  },
};

export const bulkUp: Scenario = {
  ...COMMON,
  id: 'bulk-up',
  title: 'Bulk, from the client to the endpoint',
  text: `A round is ${ROUND_MS} ms in which ${CONNECTIONS} connections write as fast as they can, 64 KiB at a time.`,
  work: 'sink',

  async warmUp(subject) {
    await observe(subject, plan(subject, UP), { settleMs: SETTLE_MS });
  },

  async measure(subject) {
    const { result, processorUs, sunk } = await observe(subject, plan(subject, UP), { settleMs: SETTLE_MS });
    return {
      cost: processorUs === null ? null : processorUs / 1000 / (sunk / GIGABYTE),
      rate: result.measured.achieved.sentBytesPerSecond / GIGABYTE,
    };
  },
};
