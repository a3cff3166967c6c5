import type { ListenerPlan } from '../../src/plan/plan.ts';
import type { ListenerRules } from '../../src/session/listener-rules.ts';
import type { PlaceWait } from '../../src/session/place-wait.ts';

/** A listener of a world, in all of its workers. */
export interface SimulatedListener {
  readonly id: number;
  plan: ListenerPlan;
  /** By worker. */
  rules: ListenerRules[];
  readonly places: readonly PlaceWait[];
  /** The most that any of its plans has allowed. */
  maxSessions: number;
  maxSessionsPerClient: number;
  /** Sessions that have ended, and the bytes that those have moved. */
  ended: number;
  bytesToEndpoint: number;
  bytesToClient: number;
}
