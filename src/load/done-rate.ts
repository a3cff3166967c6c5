import { isAsking, type Work } from './load-plan.ts';
import type { Measured } from './outcome.ts';

/**
 * What was done a second: requests, or connections of work without requests. An endpoint that accepts and never answers
 * has done nothing.
 */
export function doneRate(work: Work, achieved: Measured['achieved']): number {
  return isAsking(work) ? achieved.requestsPerSecond : achieved.connectionsPerSecond;
}
