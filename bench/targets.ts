import type { ContenderId, ScenarioId } from './contender.ts';

/** What a figure is held to: a ratio to a peer's in the same round, or a figure by itself. */
export interface Target {
  readonly scenario: ScenarioId;
  readonly of: ContenderId;
  /** Null where the figure stands by itself. */
  readonly to: ContenderId | null;
  readonly most: number;
  /** Whether the whole 95 % interval must lie below 1, over at least 15 rounds. */
  readonly sure: boolean;
}

const ratio = (
  scenario: ScenarioId,
  of: ContenderId,
  to: ContenderId,
  most: number,
  sure = false,
): Target => ({ scenario, of, to, most, sure });

export const TARGETS: readonly Target[] = [
  ratio('short', 'herald-epoll', 'haproxy', 0.95, true),
  ratio('short', 'herald-epoll', 'nginx', 0.95, true),
  ratio('short', 'herald-epoll', 'relay', 0.45),
  ratio('short', 'herald-net', 'relay', 1.1),
  ratio('kept', 'herald-epoll', 'haproxy', 0.95),
  ratio('kept', 'herald-net', 'relay', 1.1),
  ratio('bulk', 'herald-epoll', 'haproxy', 0.5),
  ratio('bulk', 'herald-epoll', 'haproxy-splice', 1.05),
  ratio('bulk', 'herald-net', 'relay', 1.1),
  { scenario: 'idle', of: 'herald-epoll', to: null, most: 1024, sure: false },
  ratio('idle', 'herald-epoll', 'haproxy', 0.4),
  { scenario: 'unfinished', of: 'herald-epoll', to: null, most: 3072, sure: false },
];

/** Whom everybody's figures are divided by, where that one was measured. */
export const YARDSTICKS: readonly ContenderId[] = ['haproxy', 'haproxy-splice', 'nginx', 'relay'];
