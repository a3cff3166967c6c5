import { reset } from '../../linux/socket.ts';
import { REASON_NAMES } from '../../plan/close-reason.ts';
import { ClientTable } from '../../shared-memory/client-table.ts';
import { COUNTER, REASON_AT } from '../../shared-memory/counters.ts';
import { counterRow, listenerRows, type SharedState } from '../../shared-memory/shared-state.ts';
import type { DescriptorTable } from './descriptor-table.ts';

const LOST_AT = REASON_AT + REASON_NAMES.indexOf('worker_lost');

/**
 * Cleans up after a worker that has ended with open sessions: resets their descriptors, gives back what they held in shared
 * memory and counts them as `worker_lost`. Call it before the next worker of these rows is started, because a row has
 * one writer. Returns the number of sessions.
 */
export function settleLostWorker(state: SharedState, worker: number, descriptors: DescriptorTable): number {
  const clients = state.clients.length === 0 ? null : new ClientTable(state.clients, state.seed);
  descriptors.visitAndForget((fd, slot, entry) => {
    reset(fd);
    if (slot >= 0) Atomics.sub(state.endpointSessions, slot, 1);
    clients?.release(entry);
  });
  let sessions = 0;
  for (let listener = 0; listener < listenerRows(state); listener++) {
    const row = counterRow(state, worker, listener);
    const lost = row[COUNTER.opened]! - row[COUNTER.ended]!;
    if (lost === 0) continue;
    row[COUNTER.ended]! += lost;
    row[LOST_AT]! += lost;
    Atomics.sub(state.reserved, listener, lost);
    Atomics.sub(state.reservedOfAll, 0, lost);
    sessions += lost;
  }
  return sessions;
}
