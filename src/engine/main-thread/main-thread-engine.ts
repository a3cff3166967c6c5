import type { Engine, OpenListener, SessionInfo } from '../../plan/engine.ts';
import { handedOn } from '../../plan/handed-on.ts';
import type { SessionObserver } from '../../plan/observer.ts';
import type { ListenerPlan, Plan, Presentation } from '../../plan/plan.ts';
import { requirePresentations } from '../../plan/require-presentations.ts';
import { sameAddress } from '../../plan/same-address.ts';
import { ListenerRules, type WorkerContext } from '../../session/listener-rules.ts';
import { LINGER_MS } from '../../session/session.ts';
import { SessionIds } from '../../session/session-ids.ts';
import { RecordBatch } from '../../shared-memory/record-batch.ts';
import type { SharedState } from '../../shared-memory/shared-state.ts';
import type { RawAccept } from './accept-batch.ts';
import { Listener } from './listener.ts';
import type { ServerKind } from './server-kind.ts';

/** How long records wait for company, in milliseconds. */
const BATCH_MS = 50;

/** What an engine is built from. `idPrefix` tells the session ids of this worker from all others. */
export interface MainThreadOptions {
  readonly state: SharedState;
  readonly worker: number;
  readonly observer: SessionObserver;
  readonly idPrefix: string;
  readonly logTlvs: readonly number[];
  /** To accept more than one client a turn of the loop; without it Node's own way remains. */
  readonly rawAccept?: RawAccept | undefined;
  readonly now: () => number;
  readonly random: () => number;
  readonly lingerMs?: number;
}

/** What tells one engine from another. */
export interface EngineKind {
  readonly name: string;
  /** How it can present a client. */
  readonly forms: readonly Presentation[];
  /** Made once a listener; `rules` are those of the moment. */
  readonly serving: (rules: () => ListenerRules) => ServerKind;
}

/** An engine on servers of Node, in the thread that called: its listeners from the first plan to the last session. */
export class MainThreadEngine implements Engine {
  readonly name: string;
  readonly presentations: readonly Presentation[];
  readonly threads = 0;
  readonly acceptsInBatches: boolean;
  readonly #kind: EngineKind;
  readonly #rawAccept: RawAccept | undefined;
  readonly #context: WorkerContext;
  readonly #observer: SessionObserver;
  readonly #listeners = new Map<number, Listener>();
  /** Closed listeners that have sessions left. */
  readonly #leaving = new Set<Listener>();

  constructor(kind: EngineKind, { observer, idPrefix, rawAccept, ...rest }: MainThreadOptions) {
    const batch: RecordBatch = new RecordBatch(observer, () => setTimeout(() => batch.flush(), BATCH_MS));
    this.name = kind.name;
    this.presentations = kind.forms;
    this.acceptsInBatches = rawAccept !== undefined;
    this.#kind = kind;
    this.#rawAccept = rawAccept;
    this.#observer = observer;
    this.#context = { lingerMs: LINGER_MS, ...rest, batch, ids: new SessionIds(idPrefix) };
  }

  get servesInMainThread(): boolean {
    return this.#listeners.size + this.#leaving.size > 0;
  }

  async apply(plan: Plan): Promise<readonly OpenListener[]> {
    requirePresentations(plan, this);
    const before = new Map(
      [...this.#listeners].map(([id, listener]) => [id, { listener, rules: listener.rules }]),
    );
    const handed = handedOn(
      new Map([...before].map(([id, { rules }]) => [id, rules.plan.listen])),
      plan.listeners,
    );
    const opened = await this.#open(
      plan.listeners.filter((listener) => this.#isNew(listener) && !handed.has(listener.id)),
    );
    for (const [id, holder] of handed) opened.set(id, before.get(holder)!.listener);
    const stays = new Set([...handed.values()].map((holder) => before.get(holder)!.listener));
    for (const listener of plan.listeners) {
      const current = before.get(listener.id);
      const fresh = opened.get(listener.id);
      const serving = fresh ?? current!.listener;
      // Its pool goes on, wherever it listens now; changed only once nothing can go wrong any more.
      // The same object says the same: a pool may be thousands of endpoints.
      const isChanged = current !== undefined && (fresh !== undefined || current.rules.plan !== listener);
      if (isChanged || handed.has(listener.id))
        serving.change(new ListenerRules(listener, this.#context, current?.rules));
      if (fresh === undefined) continue;
      if (current !== undefined && !stays.has(current.listener)) this.#leave(current.listener);
      this.#listeners.set(listener.id, fresh);
    }
    const kept = new Set(plan.listeners.map(({ id }) => id));
    for (const [id, listener] of this.#listeners) {
      if (kept.has(id)) continue;
      this.#listeners.delete(id);
      if (!stays.has(listener)) this.#leave(listener);
    }
    const inForce = new Map([...this.#listeners].map(([id, { rules }]) => [id, rules]));
    for (const listener of [...this.#leaving, ...this.#listeners.values()]) listener.followPools(inForce);
    return plan.listeners.map(({ id }) => this.#listeners.get(id)!.open);
  }

  async drain(): Promise<void> {
    this.#leaveAll();
    await this.#left();
  }

  async stop(reason: 'drain_timeout' | 'stopped'): Promise<void> {
    this.#leaveAll();
    for (const listener of this.#leaving) listener.abort(reason);
    await this.#left();
  }

  async sessions(limit: number): Promise<readonly SessionInfo[]> {
    const infos: SessionInfo[] = [];
    for (const listener of [...this.#leaving, ...this.#listeners.values()]) {
      for (const { session } of listener.sessions) {
        if (infos.length >= limit) return infos;
        infos.push(session.info());
      }
    }
    return infos;
  }

  async alive(): Promise<boolean> {
    return true;
  }

  #isNew(plan: ListenerPlan): boolean {
    const current = this.#listeners.get(plan.id);
    return current === undefined || !sameAddress(current.rules.plan.listen, plan.listen);
  }

  /** Opens all or none: what was open stays as it was where one can't be bound. */
  async #open(plans: readonly ListenerPlan[]): Promise<Map<number, Listener>> {
    const opened = new Map<number, Listener>();
    try {
      for (const plan of plans) {
        const rules = new ListenerRules(plan, this.#context);
        const fault = (message: string, error: unknown) => {
          this.#observer.fault(listener.rules.plan.name, message, error);
        };
        const listener: Listener = new Listener(rules, this.#kind.serving, fault, this.#rawAccept);
        await listener.start();
        opened.set(plan.id, listener);
      }
    } catch (error) {
      for (const listener of opened.values()) await listener.leave();
      throw error;
    }
    return opened;
  }

  #leaveAll(): void {
    for (const listener of this.#listeners.values()) this.#leave(listener);
    this.#listeners.clear();
  }

  #leave(listener: Listener): void {
    this.#leaving.add(listener);
    void listener.leave().then(() => this.#leaving.delete(listener));
  }

  async #left(): Promise<void> {
    await Promise.all([...this.#leaving].map((listener) => listener.leave()));
    this.#context.batch.flush();
  }
}
