import type { ResolvedListener } from '../config/config.ts';
import type { Log } from '../observe/log.ts';
import type { Engine, OpenListener } from '../plan/engine.ts';
import type { ListenerPlan, Plan } from '../plan/plan.ts';
import { errorOfListener, listenerError, StartError, throwJoined } from '../plan/start-error.ts';
import { type KeptListener, type KeptParts, keepListener } from './kept-listener.ts';
import { sessionLimits } from './listener-plan.ts';
import { type ListenerFactsOf, OpenListeners } from './open-listeners.ts';
import { createPoolLog } from './pool-log.ts';

export interface PlanParts extends KeptParts {
  readonly engine: Engine;
  readonly log: Log;
  readonly clock: { now(): number };
  /** Sessions that all listeners together may have. */
  readonly capacity: number;
  /** From 0 to 1: no listener may have more than this part of the capacity. null: they share it (`sessionLimits`). */
  readonly listenerShare?: number | null;
  /** Listeners that there may be at once. Those in force go first. Default: any number. */
  readonly mostListeners?: number | null;
  /** Whether this process has inherited a socket of the listener's address. Default: none. */
  readonly isHeld?: (plan: ListenerPlan) => boolean;
  /** Called before a plan with new options is applied. Rejects with a `StartError` if this host lacks something for it. */
  readonly prepare: (plan: Plan) => Promise<void>;
  /** The fields of the line `listening`, besides the listener's name and address. */
  readonly facts: ListenerFactsOf;
  /** Whether a listener in force keeps its options for now, because sources of these have not answered. */
  readonly waits: (options: ResolvedListener) => boolean;
}

/** What is to be in force. */
export interface WantedPlan {
  readonly listeners: readonly ResolvedListener[];
  /** Listeners that cannot be opened are left out; otherwise all are in force, or nothing changes. */
  readonly isPartial: boolean;
}

/** The engine's plan: builds the next one from the one in force, applies it, and accounts for its rows and slots. */
export class PlanInForce {
  readonly #parts: PlanParts;
  readonly #pools;
  readonly #open: OpenListeners;
  /** Listeners that could not follow their sources, for lack of memory, and why. They are built again with each plan. */
  #stale: ReadonlyMap<string, string> = new Map();
  #generation = 0;
  listeners: readonly KeptListener[] = [];
  applied: (listeners: readonly KeptListener[]) => void = () => {};

  constructor(parts: PlanParts) {
    const { log, facts, isHeld = () => false } = parts;
    this.#parts = parts;
    this.#open = new OpenListeners(log, facts, isHeld);
    this.#pools = createPoolLog(log);
  }

  get open(): readonly OpenListener[] {
    return this.#open.current;
  }

  /** A drain closes all listeners. */
  close(): void {
    this.#open.close();
  }

  /**
   * Applies a wish. `changed`: keys of the sources that have changed since the last plan. `isNew`: the wish was not in force
   * before. Resolves with the listeners that were left out, and why: one refusal names all of them, so that there are two
   * attempts at most, unless another program takes a port in between. Rejects if nothing has changed.
   */
  async apply(
    { listeners, isPartial }: WantedPlan,
    changed: ReadonlySet<string>,
    isNew: boolean,
  ): Promise<ReadonlyMap<string, string>> {
    const failed = new Map<string, string>();
    for (;;) {
      try {
        const wanted = listeners.filter(({ name }) => !failed.has(name));
        await this.#apply({ listeners: wanted, isPartial }, changed, isNew);
        return failed;
      } catch (error) {
        if (!isPartial) throw error;
        const before = failed.size;
        for (const [name, why] of listenerError(error).listeners) failed.set(name, why);
        if (failed.size === before) throw error;
      }
    }
  }

  async #apply(wish: WantedPlan, changed: ReadonlySet<string>, isNew: boolean): Promise<void> {
    const { engine, rows, clock, prepare } = this.#parts;
    let listeners: readonly KeptListener[];
    try {
      listeners = this.#keep(wish, changed);
      const isSame =
        listeners.length === this.listeners.length &&
        listeners.every(({ plan }, at) => plan === this.listeners[at]!.plan);
      const plans = listeners.map(({ plan }) => plan);
      const plan: Plan = { generation: this.#generation + 1, listeners: plans };
      if (isNew) {
        await this.#open.clearPaths(plans);
        await prepare(plan);
      }
      if (!isSame || this.#generation === 0) {
        const open = await engine.apply(plan);
        this.#generation++;
        const options = listeners.map((each) => each.options);
        this.#open.replace(open, options);
      }
    } catch (error) {
      rows.abandon(clock.now());
      throw error;
    }
    this.listeners = listeners;
    const names = listeners.map(({ options }) => options.name);
    rows.settle(names, clock.now());
    this.#pools.update(listeners);
    this.applied(listeners);
  }

  /** Throws a `StartError` that names each listener for which there is no memory. */
  #keep({ listeners, isPartial }: WantedPlan, changed: ReadonlySet<string>): readonly KeptListener[] {
    const { capacity, listenerShare = null, waits } = this.#parts;
    const inForce = new Map(this.listeners.map((listener) => [listener.options.name, listener]));
    const chosen = listeners.map((options) => {
      const before = inForce.get(options.name);
      return before !== undefined && waits(options) ? before.options : options;
    });
    const limits = sessionLimits(chosen, capacity, listenerShare);
    const maxSessionsOfAll = listenerShare === null ? 0 : capacity;
    const failed: StartError[] = [...this.#tooMany(chosen, inForce)];
    const left = new Set(failed.flatMap((error) => [...error.listeners.keys()]));
    const stale = new Map<string, string>();
    const kept = chosen.flatMap((options, at) => {
      const { name } = options;
      if (left.has(name)) return [];
      const before = inForce.get(name);
      const change = { limits: { maxSessions: limits[at]!, maxSessionsOfAll }, changed, before };
      try {
        return keepListener(this.#parts, options, { ...change, isStale: this.#stale.has(name) });
      } catch (error) {
        const failure = listenerError(error);
        // Too many endpoints of one must not keep those of others from changing, nor close it.
        if (isPartial && before?.options === options) {
          stale.set(name, failure.message);
          return before;
        }
        failed.push(failure);
        return [];
      }
    });
    throwJoined(failed);
    for (const [name, message] of stale) {
      if (this.#stale.get(name) === message) continue;
      this.#parts.log.error({ listener: name }, `${message}; keeping the previous endpoints`);
    }
    this.#stale = stale;
    return kept;
  }

  /** An error for each new listener for which there is no descriptor. */
  #tooMany(
    chosen: readonly ResolvedListener[],
    inForce: ReadonlyMap<string, KeptListener>,
  ): readonly StartError[] {
    const { mostListeners } = this.#parts;
    if (mostListeners == null || chosen.length <= mostListeners) return [];
    const fresh = chosen.filter(({ name }) => !inForce.has(name));
    const room = Math.max(mostListeners - (chosen.length - fresh.length), 0);
    return fresh.slice(room).map(({ name }) => {
      const why = `no descriptors for more than ${mostListeners} listeners (raise the limit of open files)`;
      const message = `listener "${name}" cannot be opened: ${why}`;
      return errorOfListener(name, new StartError('too_many_listeners', message));
    });
  }
}
