import { MIN_FOR_INTERVAL, type Summary, summarize } from '../src/load/statistics.ts';
import type { ContenderId, ScenarioId } from './contender.ts';
import { titleOf } from './contenders/contenders.ts';
import { addedOf, figuresOf, growthOf, ratioOf } from './ratios.ts';
import type { Result } from './run-scenario.ts';

/** A target for a figure. */
export interface Target {
  readonly scenario: ScenarioId;
  readonly text: string;
  readonly most: number;
  /** Whether the whole 95 % interval must be below 1, with at least 15 rounds. */
  readonly sure: boolean;
  measured(result: Result): Summary | null;
}

/** The contenders that all others are compared with, if measured. */
export const YARDSTICKS: readonly ContenderId[] = [
  'haproxy',
  'haproxy-splice',
  'nginx',
  'nginx-half-close',
  'relay',
];

/** The number of rounds that a target for a whole interval needs. */
const PAIRS_TO_BE_SURE = 15;

/** A ratio up to this counts as equal: figures differ by as much from round to round. */
const SAME = 1.05;

const ratio = (
  scenario: ScenarioId,
  of: ContenderId,
  to: ContenderId,
  most: number,
  sure = false,
): Target => ({
  scenario,
  text: `${titleOf(of)} ÷ ${titleOf(to)}`,
  most,
  sure,
  measured: (result) => ratioOf(figuresOf(result, { id: of }), figuresOf(result, { id: to })),
});

const memory = (scenario: ScenarioId, most: number): Target => ({
  scenario,
  text: 'Herald (epoll), bytes a connection',
  most,
  sure: false,
  measured: (result) => summarize(figuresOf(result, { id: 'herald-epoll' })),
});

const added = (measure: string): Target => ({
  scenario: 'latency',
  text: `Herald (epoll) ÷ HAProxy, added to ${measure} at 50 %`,
  most: 1.1,
  sure: false,
  measured: (result) =>
    ratioOf(
      addedOf(result, { id: 'herald-epoll', step: '50 %' }, measure),
      addedOf(result, { id: 'haproxy', step: '50 %' }, measure),
    ),
});

const growth = (scenario: ScenarioId, text: string): Target => ({
  scenario,
  text: `Herald (epoll), ${text}`,
  most: SAME,
  sure: false,
  measured: (result) => growthOf(result, 'herald-epoll'),
});

export const TARGETS: readonly Target[] = [
  ratio('short', 'herald-epoll', 'haproxy', 0.95, true),
  ratio('short', 'herald-epoll', 'nginx', 0.95, true),
  ratio('short', 'herald-epoll', 'relay', 0.45),
  ratio('short', 'herald-net', 'relay', 1.1),
  ratio('kept', 'herald-epoll', 'haproxy', 0.95),
  ratio('kept', 'herald-net', 'relay', 1.1),
  ratio('bulk-down', 'herald-epoll', 'haproxy', 0.5),
  ratio('bulk-down', 'herald-epoll', 'haproxy-splice', 1.05),
  ratio('bulk-down', 'herald-net', 'relay', 1.1),
  ratio('bulk-up', 'herald-epoll', 'haproxy', 0.5),
  ratio('bulk-up', 'herald-epoll', 'haproxy-splice', 1.05),
  ratio('bulk-up', 'herald-net', 'relay', 1.1),
  added('p50'),
  added('p99'),
  memory('idle', 1024),
  ratio('idle', 'herald-epoll', 'haproxy', 0.4),
  memory('unfinished', 3072),
  growth('endpoints', '10,000 endpoints ÷ 10'),
  growth('open', '8,000 others open ÷ 1'),
];

/** Whether a run meets a target. */
export function judge(target: Target, result: Result): { measured: Summary | null; text: string } {
  const { most, sure } = target;
  const measured = target.measured(result);
  if (measured === null) return { measured, text: 'not measured' };
  const met = measured.median <= most && (!sure || measured.high < 1);
  // For memory: the process returned more than it took.
  if (measured.median < 0) return { measured, text: 'no verdict, below zero' };
  return { measured, text: verdictOf(met, measured.count, sure ? PAIRS_TO_BE_SURE : MIN_FOR_INTERVAL) };
}

/** Whether it is met, and whether there are enough rounds to tell. */
export function verdictOf(met: boolean, rounds: number, least: number = MIN_FOR_INTERVAL): string {
  return `${met ? 'met' : 'missed'}${rounds < least ? ', of too few rounds' : ''}`;
}
