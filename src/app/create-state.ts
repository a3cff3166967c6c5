import type { Config } from '../config/config.ts';
import { workerThreads } from '../control/engine-kinds.ts';
import { mostSessions } from '../control/listener-plan.ts';
import { WAITING_ROOM } from '../engine/main-thread/waiting-room.ts';
import type { Log } from '../observe/log.ts';
import { createSharedState, type SharedState } from '../shared-memory/shared-state.ts';
import { createHashKey } from '../shared-memory/sip-hash.ts';
import { defaultThreads, listeningCapacity, sessionCapacity } from './capacity.ts';

/** The net engine's waiting room, or the epoll engine's pipes (256 with two descriptors each), whichever is more. */
const RESERVED_DESCRIPTORS = Math.max(WAITING_ROOM, 512);

/** A capacity below this is probably a mistake in the limits of the host. */
const FEW_SESSIONS = 100;

/** How many clients without a session affinity may remember, besides the clients with one. */
const REMEMBERED_CLIENTS = 131_072;

/**
 * How many listeners there may be at once: one address has no more ports. Address space is reserved for their counters, at
 * most 1 KiB for each listener and thread; memory is used only by rows that a listener has had.
 */
const MOST_LISTENERS = 65_536;

/** The block that all workers share, and what its size follows from. */
export interface SizedState {
  readonly state: SharedState;
  readonly threads: number;
  /** Sessions that all listeners together may have. */
  readonly capacity: number;
  /** Listeners that there may be at once; null: as many as the configuration has. */
  readonly mostListeners: number | null;
}

/**
 * `share`: the part of all sessions that one listener may have, from 0 to 1; null: they are split among the listeners, which
 * are those of the configuration.
 */
export function createState(config: Config, share: number | null, log: Log): SizedState {
  const options = config.process;
  const threads = options.threads ?? defaultThreads();
  const workers = workerThreads(options.engine, threads);
  const listening = share === null ? 0 : listeningCapacity(RESERVED_DESCRIPTORS);
  const capacity = sessionCapacity(RESERVED_DESCRIPTORS + listening);
  if (capacity < FEW_SESSIONS) {
    log.warn(
      { capacity },
      'few sessions are possible: raise the limit of open files, or the memory limit of the container',
    );
  }
  const state = createSharedState({
    workers,
    listeners: config.listeners.length,
    mostListeners: MOST_LISTENERS,
    // A reload may add limits for clients, or affinity. An unused table takes no memory.
    clients: REMEMBERED_CLIENTS + mostSessions(config.listeners, capacity, share),
    seed: createHashKey(),
  });
  const mostListeners =
    share === null ? null : Math.min(Math.floor(listening / Math.max(workers, 1)), MOST_LISTENERS);
  return { state, threads, capacity, mostListeners };
}
