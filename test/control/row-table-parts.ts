import { RowTable } from '../../src/control/row-table.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';

/** How long a slot rests, by the contract of the table. */
export const REST_MS = 60_000;

/** A table for so many listeners, with the state in which its rows are. */
export function createTable(listeners = 8) {
  const state = createSharedState({
    workers: 1,
    listeners: 1,
    mostListeners: listeners,
    clients: 0,
    seed: 1,
  });
  const table = new RowTable(state);
  let now = 0;
  /** Puts a plan in force whose one listener has these endpoints. */
  const plan = (...endpoints: readonly string[]) => {
    const slots = table.slots('web', endpoints);
    table.settle(['web'], now);
    return slots;
  };
  /** Time passes, and the plan in force is settled once more. */
  const rest = (ms = REST_MS) => {
    now += ms;
    table.settle(['web'], now);
  };
  return { table, state, plan, rest };
}
