import type { HeldSocket } from './held-socket.ts';
import type { ListenAddress, ListenerPlan, Plan, Presentation } from './plan.ts';
import { StartError, tryEach } from './start-error.ts';

/** A listener that is open, with the port that it really has. */
export interface OpenListener {
  readonly id: number;
  readonly name: string;
  readonly address: ListenAddress;
}

/** One open session, as `herald sessions` shows it. Times are milliseconds. */
export interface SessionInfo {
  readonly listener: string;
  readonly session: string;
  readonly phase: SessionPhase;
  readonly client: string | null;
  readonly via: string | null;
  readonly endpoint: string | null;
  readonly ageMs: number;
  readonly idleMs: number;
  readonly bytesToEndpoint: number;
  readonly bytesToClient: number;
}

export type SessionPhase = 'header' | 'connect' | 'relay';

/** What an engine can do, known before it is started. What a listener needs is compared with this, never with a name. */
export interface EngineAbilities {
  /** For the log and `herald status`. An engine that is made of others has their names, joined by `+`. */
  readonly name: string;
  readonly presentations: readonly Presentation[];
  /** What a listener may listen on. */
  readonly transports: readonly ListenAddress['kind'][];
}

/**
 * What moves connections. All that crosses this seam is plain data, because the other side may be
 * another thread. Start and reload are both `apply`.
 */
export interface Engine extends EngineAbilities {
  /**
   * Its worker threads, which have the rows of the shared state from 0 on, and add their busy time there. 0: it serves in
   * the thread that called.
   */
  readonly threads: number;
  /** True while the thread that called serves connections itself: its busy time is that of this thread's event loop. */
  readonly servesInMainThread: boolean;
  /** True if one turn of its loop accepts all clients that wait, up to a bound; false if it accepts one. */
  readonly acceptsInBatches: boolean;
  /**
   * Opens, changes and closes listeners until they are those of the plan; sessions stay. Rejects with a `StartError` if it
   * cannot serve listeners or bind their addresses; everything that was open is then unchanged. The error names every
   * listener that cannot be opened, so that whoever leaves those out can apply the rest.
   */
  apply(plan: Plan): Promise<readonly OpenListener[]>;
  /**
   * Serves what waits in the queues, closes every listener, and resolves when the last session has ended. `isTakenOver`: another
   * process accepts from the same sockets, so a client that would have to wait for a place here is left to that one.
   */
  drain(isTakenOver?: boolean): Promise<void>;
  /** Resets every session, closes everything; resolves when nothing is left open. */
  stop(reason: 'drain_timeout' | 'stopped'): Promise<void>;
  /** What it listens on; not what Node has bound for it. */
  sockets(): readonly HeldSocket[];
  /** At most `limit` open sessions, oldest first. */
  sessions(limit: number): Promise<readonly SessionInfo[]>;
  /** Resolves once every thread has answered: false if one has ended. */
  alive(): Promise<boolean>;
}

/** What a listener needs and an engine lacks: a code, and the end of a sentence. */
export interface EngineLack {
  readonly code: 'presentation_unavailable' | 'transport_unavailable';
  readonly text: string;
}

/** The first thing that a listener needs and an engine lacks; null if it can serve it. */
export function lackOf(
  { presentations, transports }: Omit<EngineAbilities, 'name'>,
  { presentation: { form }, listen: { kind } }: ListenerPlan,
): EngineLack | null {
  if (!presentations.includes(form))
    return { code: 'presentation_unavailable', text: `present clients as ${form}` };
  return transports.includes(kind) ? null : { code: 'transport_unavailable', text: `listen on ${kind}` };
}

/** Throws a `StartError` that names every listener of the plan that the engine cannot serve. */
export function requireAbilities(engine: EngineAbilities, { listeners }: Plan): void {
  tryEach(listeners, (listener) => {
    const lack = lackOf(engine, listener);
    if (lack === null) return;
    const message = `listener "${listener.name}": the ${engine.name} engine cannot ${lack.text}`;
    throw new StartError(lack.code, message, undefined, new Map([[listener.name, message]]));
  });
}
