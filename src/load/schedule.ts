import type { Phase } from './load-messages.ts';
import { isHeld, type LoadPlan } from './load-plan.ts';

const US_PER_MS = 1000;
/** Rounds of a comparison. The median has a 95 % interval from six rounds on; ten make it narrower. */
export const ROUNDS = 10;
/** Each round has a warm-up of its own, because the other way used the machine meanwhile. */
const ROUND_WARMUP_SHARE = 0.2;
const MAX_ROUND_WARMUP_MS = 500;
/** Between two phases, for outstanding answers and for closing connections. */
const GAP_MS = 20;
const INTERVALS = 100;
const INTERVAL_MS = { least: 50, most: 1000 } as const;
const INTERVALS_A_ROUND = 10;

/**
 * The phases of a run. One endpoint: a warm-up and the measurement. Two: rounds in which each has its turn. The order
 * alternates, so that drift over time affects both alike.
 */
export function schedulePhases(plan: LoadPlan): readonly Phase[] {
  const { durationMs, endpoints } = plan;
  // `idle` and `slow` are measured from the first connection on.
  const warmupMs = isHeld(plan.work) && plan.work !== 'bulk' ? 0 : plan.warmupMs;
  if (endpoints.length === 1) return [phaseOf(0, 0, warmupMs, durationMs)];
  const roundMs = durationMs / ROUNDS;
  const roundWarmupMs = Math.min(roundMs * ROUND_WARMUP_SHARE, MAX_ROUND_WARMUP_MS);
  const phases: Phase[] = [];
  let at = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const endpoint of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const before = round === 0 ? Math.max(warmupMs, roundWarmupMs) : roundWarmupMs;
      phases.push(phaseOf(endpoint, at, before, roundMs));
      at += before + roundMs + GAP_MS;
    }
  }
  return phases;
}

/** The length of the run, from its start to the end of the last measurement. */
export function lengthMs(phases: readonly Phase[]): number {
  return Math.max(...phases.map(({ toUs }) => toUs)) / US_PER_MS;
}

/** The intervals of the charts over time. In a comparison, each round has `aRound` of them; numbers run through. */
export function intervalsOf({ durationMs, endpoints }: LoadPlan): { intervalUs: number; aRound: number } {
  if (endpoints.length > 1) {
    return { intervalUs: (durationMs / ROUNDS / INTERVALS_A_ROUND) * US_PER_MS, aRound: INTERVALS_A_ROUND };
  }
  const ms = Math.min(Math.max(durationMs / INTERVALS, INTERVAL_MS.least), INTERVAL_MS.most);
  return { intervalUs: ms * US_PER_MS, aRound: 0 };
}

function phaseOf(endpoint: number, atMs: number, warmupMs: number, durationMs: number): Phase {
  const fromMs = atMs + warmupMs;
  return {
    endpoint,
    startUs: atMs * US_PER_MS,
    fromUs: fromMs * US_PER_MS,
    toUs: (fromMs + durationMs) * US_PER_MS,
  };
}
