import {
  type Engine,
  type EngineAbilities,
  type OpenListener,
  requireAbilities,
  type SessionInfo,
} from '../../plan/engine.ts';
import type { HeldSocket } from '../../plan/held-socket.ts';
import type { SessionObserver } from '../../plan/observer.ts';
import type { ListenerPlan, Plan } from '../../plan/plan.ts';
import { type PlanChange, planChange } from '../../plan/plan-change.ts';
import { listenerError, StartError, throwJoined } from '../../plan/start-error.ts';
import { LINGER_MS } from '../../session/broken-side.ts';
import { sessionInfos } from '../../session/ledger.ts';
import { ListenerRules, type WorkerContext } from '../../session/listener-rules.ts';
import { SelfConnects } from '../../session/self-connect.ts';
import { SessionIds } from '../../session/session-ids.ts';
import { RecordBatch } from '../../shared-memory/record-batch.ts';
import type { SharedState } from '../../shared-memory/shared-state.ts';
import { ownMachine } from '../own-machine.ts';
import type { RawAccept } from './accept-batch.ts';
import { Listener } from './listener.ts';
import type { RawCalls } from './listening-servers.ts';
import type { RawListen } from './open-server.ts';
import type { ServerKind } from './server-kind.ts';

/** How long a record waits for others before the batch is handed over, in milliseconds. */
const BATCH_MS = 50;

/** What an engine is built from. `idPrefix` makes the session ids of this worker unique. */
export interface MainThreadOptions {
  readonly state: SharedState;
  readonly worker: number;
  readonly observer: SessionObserver;
  readonly idPrefix: string;
  readonly logTlvs: readonly number[];
  /** Accepts more than one client a turn of the loop. Without it Node accepts one. */
  readonly rawAccept?: RawAccept | undefined;
  /** Opens sockets that can be handed to another process. Without it Node opens them. */
  readonly rawListen?: RawListen | undefined;
  readonly now: () => number;
  readonly random: () => number;
  readonly lingerMs?: number;
}

/** Makes the server of a listener; `rules` returns the current ones. */
export type CreateServer = (rules: () => ListenerRules) => ServerKind;

/**
 * An engine on Node's own servers, in the calling thread. It keeps the listeners from the first plan to the end of the last
 * session. A `Listener` accepts, admits and holds clients that have to wait. The `ServerKind` that `createServer` makes is
 * the part in which the engines differ.
 */
export class MainThreadEngine implements Engine {
  readonly name: string;
  readonly presentations: EngineAbilities['presentations'];
  readonly transports: EngineAbilities['transports'];
  readonly threads = 0;
  readonly acceptsInBatches: boolean;
  readonly #createServer: CreateServer;
  readonly #raw: RawCalls;
  readonly #context: WorkerContext;
  readonly #observer: SessionObserver;
  #listeners: ReadonlyMap<number, Listener> = new Map();
  /** Closed listeners with open sessions. */
  readonly #leaving = new Set<Listener>();
  #isClosed = false;

  constructor(abilities: EngineAbilities, createServer: CreateServer, options: MainThreadOptions) {
    const { observer, idPrefix, rawAccept, rawListen, ...rest } = options;
    const batch: RecordBatch = new RecordBatch(observer, () => setTimeout(() => batch.flush(), BATCH_MS));
    this.name = abilities.name;
    this.presentations = abilities.presentations;
    this.transports = abilities.transports;
    this.acceptsInBatches = rawAccept !== undefined;
    this.#createServer = createServer;
    this.#raw = { accept: rawAccept, listen: rawListen };
    this.#observer = observer;
    const selfConnects = new SelfConnects(ownMachine(rest.now));
    this.#context = { lingerMs: LINGER_MS, ...rest, batch, ids: new SessionIds(idPrefix), selfConnects };
  }

  get servesInMainThread(): boolean {
    return this.#listeners.size + this.#leaving.size > 0;
  }

  async apply(plan: Plan): Promise<readonly OpenListener[]> {
    requireAbilities(this, plan);
    const before = this.#listeners;
    const change = planChange(
      new Map([...before].map(([id, { rules, open }]) => [id, { plan: rules.plan, address: open.address }])),
      plan.listeners,
    );
    const opened = await this.#open(change.open);
    // Nothing below can fail.
    this.#listeners = this.#follow(before, change, opened);
    for (const id of change.close) this.#leave(before.get(id)!);
    const inForce = new Map([...this.#listeners].map(([id, { rules }]) => [id, rules]));
    for (const listener of [...this.#leaving, ...this.#listeners.values()]) listener.followPools(inForce);
    return plan.listeners.map(({ id }) => this.#listeners.get(id)!.open);
  }

  async drain(isTakenOver = false): Promise<void> {
    this.#leaveAll(isTakenOver);
    await this.#left();
  }

  async stop(reason: 'drain_timeout' | 'stopped'): Promise<void> {
    this.#leaveAll();
    for (const listener of this.#leaving) listener.abort(reason);
    await this.#left();
  }

  sockets(): readonly HeldSocket[] {
    return [...this.#listeners.values()].flatMap(({ sockets }) => sockets);
  }

  async sessions(limit: number): Promise<readonly SessionInfo[]> {
    return sessionInfos([...this.#leaving, ...this.#listeners.values()], limit);
  }

  async alive(): Promise<boolean> {
    return true;
  }

  /**
   * The listeners of the next plan. A listener keeps the pool of its id, with ejections and round-robin cursor, whatever socket
   * it has.
   */
  #follow(
    before: ReadonlyMap<number, Listener>,
    { keep, change, handOver }: PlanChange,
    opened: ReadonlyMap<number, Listener>,
  ): Map<number, Listener> {
    const rules = new Map([...before].map(([id, listener]) => [id, listener.rules]));
    const next = new Map(keep.map(({ id }) => [id, before.get(id)!]));
    const serve = (plan: ListenerPlan, listener: Listener) => {
      listener.change(new ListenerRules(plan, this.#context, rules.get(plan.id)));
      next.set(plan.id, listener);
    };
    for (const plan of change) serve(plan, before.get(plan.id)!);
    for (const { plan, holder } of handOver) serve(plan, before.get(holder)!);
    for (const [id, listener] of opened) {
      if (rules.has(id)) serve(listener.rules.plan, listener);
      else next.set(id, listener);
    }
    return next;
  }

  /** Opens all, or leaves none of them open and rejects with a `StartError` that names all that failed. */
  async #open(plans: readonly ListenerPlan[]): Promise<Map<number, Listener>> {
    const opened = new Map<number, Listener>();
    const failed: StartError[] = [];
    try {
      for (const plan of plans) {
        const rules = new ListenerRules(plan, this.#context);
        const fault = (message: string, error: unknown) => {
          this.#observer.fault(listener.rules.plan.name, message, error);
        };
        const listener: Listener = new Listener(rules, this.#createServer, fault, this.#raw);
        await listener.start().then(
          () => opened.set(plan.id, listener),
          (error: unknown) => failed.push(listenerError(error)),
        );
      }
      throwJoined(failed);
      // The drain may have begun while a port was being opened.
      if (this.#isClosed) throw new StartError('leaving', 'the engine is draining: it takes no further plan');
    } catch (error) {
      for (const listener of opened.values()) await listener.leave();
      throw error;
    }
    return opened;
  }

  #leaveAll(isTakenOver = false): void {
    this.#isClosed = true;
    for (const listener of this.#listeners.values()) this.#leave(listener, isTakenOver);
    this.#listeners = new Map();
  }

  #leave(listener: Listener, isTakenOver = false): void {
    this.#leaving.add(listener);
    void listener.leave(isTakenOver).then(() => this.#leaving.delete(listener));
  }

  async #left(): Promise<void> {
    await Promise.all([...this.#leaving].map((listener) => listener.leave()));
    this.#context.batch.flush();
  }
}
