import type { Phase } from './load-messages.ts';
import { isHeld, type LoadPlan } from './load-plan.ts';

const US_PER_MS = 1000;
/** Of a comparison: from six rounds on the interval of the median is one of 95 %, and ten are surer. */
export const ROUNDS = 10;
/** A round's own warm-up: the other way has had the machine meanwhile. */
const ROUND_WARMUP_SHARE = 0.2;
const MOST_ROUND_WARMUP_MS = 500;
/** What lies between two phases: the answers that were outstanding, and connections that are closed. */
const GAP_MS = 20;
const INTERVALS = 100;
const INTERVAL_MS = { least: 50, most: 1000 } as const;
const INTERVALS_A_ROUND = 10;

/**
 * When what is measured. One endpoint: a warm-up, and the measurement. Two: rounds, in which each has its turn, and
 * who comes first changes, so that what drifts with time is nobody's.
 */
export function schedulePhases(plan: LoadPlan): readonly Phase[] {
  const { durationMs, endpoints } = plan;
  // Who holds connections is measured from the first on.
  const warmupMs = isHeld(plan.work) && plan.work !== 'bulk' ? 0 : plan.warmupMs;
  if (endpoints.length === 1) return [phaseOf(0, 0, warmupMs, durationMs)];
  const roundMs = durationMs / ROUNDS;
  const roundWarmupMs = Math.min(roundMs * ROUND_WARMUP_SHARE, MOST_ROUND_WARMUP_MS);
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

/** How long it takes, from the start to the end of the last measurement. */
export function lengthMs(phases: readonly Phase[]): number {
  return Math.max(...phases.map(({ toUs }) => toUs)) / US_PER_MS;
}

/** The intervals of the picture over time. Of a comparison each round has as many, and they follow each other. */
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
