import { addressText } from '../address/address-text.ts';
import type { IpSet } from '../address/ip-set.ts';
import type { Config, ListenerOptions, PeerSet } from '../config/config.ts';
import type { EndpointSource } from '../endpoints/endpoint-source.ts';
import type { Place } from '../endpoints/traffic-policy.ts';
import type { Clock } from '../observe/clock.ts';
import type { Log, LogFields } from '../observe/log.ts';
import type { Engine, OpenListener } from '../plan/engine.ts';
import type { ListenerPlan, Plan } from '../plan/plan.ts';
import { StartError } from '../plan/start-error.ts';
import { createBurst } from './burst.ts';
import { listenerPlan, sessionLimits } from './listener-plan.ts';
import { type PoolFacts, poolFacts } from './pool-facts.ts';
import { createPoolLog } from './pool-log.ts';
import { createRemarkLog } from './remark-log.ts';
import { resolvePeers } from './resolve-peers.ts';
import type { RowTable } from './row-table.ts';
import { SerialQueue } from './serial-queue.ts';
import type { SourceMaker } from './source-maker.ts';
import { SourceRegistry } from './source-registry.ts';
import { removeStaleSocket } from './stale-socket.ts';
import { peerSources, poolSources, wantedSources } from './wanted-sources.ts';

/** How often a burst of events becomes a plan. The first one is one at once. */
const BURST_MS = 50;
/**
 * How long a start or a reload waits for sources that have not answered: a listener that changes to a Service must
 * not stand without endpoints meanwhile, and one that can't be had must not take the others out.
 */
const ANSWER_MS = 2000;

export interface PlanKeeperParts {
  readonly engine: Engine;
  readonly rows: RowTable;
  readonly maker: SourceMaker;
  readonly log: Log;
  readonly clock: Clock;
  /** Sessions that all listeners may have between them. */
  readonly capacity: number;
  readonly place: Place;
  readonly accessLog: ListenerPlan['accessLog'];
  /** Called before a configuration's plan is applied; rejects with a `StartError` where this machine lacks something for it. */
  readonly prepare: (plan: Plan) => Promise<void>;
  /** What the log says of a listener that opens, besides its name and address. */
  readonly facts: (listener: OpenListener, options: ListenerOptions) => LogFields;
}

/** One listener in force: what was written, what its sources make of it, and what the engine got. */
export interface KeptListener {
  readonly options: ListenerOptions;
  readonly pool: PoolFacts;
  /** The sources of its pool. */
  readonly sources: readonly EndpointSource[];
  readonly plan: ListenerPlan;
}

/**
 * Keeps the engine's plan as configuration and sources want it. One plan at a time: events and reloads take
 * turns, and an event makes anew only the listeners that it is about.
 */
export class PlanKeeper {
  readonly #parts: PlanKeeperParts;
  readonly #registry: SourceRegistry;
  /** Plans, of events and of configurations. */
  readonly #turns = new SerialQueue();
  /** Configurations: one that waits for its sources must not lose them to the next. */
  readonly #takes = new SerialQueue();
  readonly #burst;
  readonly #remarks;
  readonly #pools;
  /** Keys of sources that have changed since the last plan. */
  #changed = new Set<string>();
  /** Why the last event could not be taken; null where it could. */
  #refused: string | null = null;
  #generation = 0;
  #config: Config | null = null;
  #answered = false;
  #leaving = false;
  listeners: readonly KeptListener[] = [];
  /** Those that are open now: none before the start, and once a drain has closed them. */
  open: readonly OpenListener[] = [];
  /** Told after each plan that is in force. */
  applied: (listeners: readonly KeptListener[]) => void = () => {};

  constructor(parts: PlanKeeperParts) {
    const { clock, log, maker } = parts;
    this.#parts = parts;
    this.#remarks = createRemarkLog(log, clock);
    maker.listen((of, remark) => this.#remarks.add(of, remark));
    this.#pools = createPoolLog(log);
    this.#burst = createBurst({ everyMs: BURST_MS, ...clock, run: () => this.#follow() });
    this.#registry = new SourceRegistry({
      maker,
      changed: (key) => {
        this.#changed.add(key);
        if (this.#config !== null) this.#burst.ask();
      },
      remark: ({ name }, remark) => this.#remarks.add(name, remark),
      after: clock.after,
    });
  }

  /** Where this process runs, as traffic policy is told. */
  get place(): Place {
    return this.#parts.place;
  }

  /** The namespace of Services that are written without one. */
  get namespace(): string {
    return this.#parts.maker.namespace;
  }

  get sources(): Iterable<EndpointSource> {
    return this.#registry.all;
  }

  /** True once every source has answered, and for good: a source that a reload brings does not make it a start. */
  get answered(): boolean {
    this.#answered ||= [...this.sources].every(({ state }) => state.synced);
    return this.#answered;
  }

  /**
   * Puts a configuration in force: starts the sources that it names, waits a little for them, and stops those that
   * it does not. Rejects with a `StartError` or a `ConfigError`, and then nothing has changed.
   */
  take(config: Config): Promise<void> {
    return this.#takes.take(() => this.#take(config));
  }

  async #take(config: Config): Promise<void> {
    const wanted = wantedSources(config.listeners);
    await this.#parts.maker.prepare(wanted.values());
    const fresh = this.#registry.add(wanted.values());
    await this.#registry.answered(fresh, ANSWER_MS);
    await this.#turns.take(async () => {
      const changed = this.#changed;
      this.#changed = new Set();
      try {
        // It would open listeners that nobody closes again.
        if (this.#leaving)
          throw new StartError('leaving', 'Herald is draining: the configuration stays as it is');
        await this.#apply(config, null);
      } catch (error) {
        this.#changed = new Set([...changed, ...this.#changed]);
        this.#registry.keep(wantedSources(this.#config?.listeners ?? []));
        throw error;
      }
      this.#config = config;
      this.#registry.keep(wanted);
    });
    if (this.#changed.size > 0) this.#burst.ask();
  }

  /** The listeners are about to close: what sources say from now on is nobody's concern. */
  leave(): void {
    this.#leaving = true;
    this.open = [];
  }

  /** Follows no source any more; what is in force stays in force. */
  async stop(): Promise<void> {
    this.#burst.stop();
    this.#remarks.stop();
    await this.#registry.stop();
  }

  async #follow(): Promise<void> {
    await this.#turns.take(async () => {
      if (this.#config === null || this.#leaving) return;
      const changed = this.#changed;
      this.#changed = new Set();
      try {
        await this.#apply(this.#config, changed);
        this.#refused = null;
      } catch (error) {
        // As where endpoints are more than the table has room for: what is in force goes on.
        const { message } = error as Error;
        const level = this.#refused === message ? 'debug' : 'error';
        this.#refused = message;
        this.#parts.log[level]({ err: error }, 'endpoints that changed could not be taken');
      }
    });
  }

  /** `changed` null: all of it is made anew. */
  async #apply(config: Config, changed: ReadonlySet<string> | null): Promise<void> {
    const { engine, rows, clock, prepare } = this.#parts;
    try {
      const limits = sessionLimits(config.listeners, this.#parts.capacity);
      const kept = new Map(this.listeners.map((listener) => [listener.options.name, listener]));
      const listeners = config.listeners.map((options, at) =>
        this.#keep(options, limits[at]!, changed, kept.get(options.name)),
      );
      const before = new Set(this.listeners.map(({ plan }) => plan));
      const isSame = changed !== null && listeners.every(({ plan }) => before.has(plan));
      const plans = listeners.map(({ plan }) => plan);
      const plan: Plan = { generation: this.#generation + 1, listeners: plans };
      if (changed === null) {
        await prepare(plan);
        await this.#clearPaths(plans);
      }
      if (!isSame) this.#opened(await engine.apply(plan), config.listeners);
      if (!isSame) this.#generation++;
      this.listeners = listeners;
    } catch (error) {
      rows.abandon(clock.now());
      throw error;
    }
    rows.settle(
      config.listeners.map(({ name }) => name),
      clock.now(),
    );
    this.#pools.look(this.listeners);
    this.applied(this.listeners);
  }

  /** `before`: what the listener of this name was. */
  #keep(
    options: ListenerOptions,
    maxSessions: number,
    changed: ReadonlySet<string> | null,
    before: KeptListener | undefined,
  ): KeptListener {
    const { rows, place, accessLog } = this.#parts;
    const isTouched = (key: string) => changed === null || changed.has(key);
    const pools = poolSources(options).map(({ key }) => key);
    const isSamePool = before !== undefined && !pools.some(isTouched);
    const sources = pools.map((key) => this.#registry.get(key));
    const pool = isSamePool
      ? before.pool
      : poolFacts({
          options,
          states: sources.map((source) => source.state),
          place,
          slots: (texts) => rows.slots(options.name, texts),
          before: before?.pool,
        });
    const peers = (list: PeerSet, known: IpSet | undefined) => {
      const keys = peerSources(list).map(({ key }) => key);
      if (known !== undefined && changed !== null && !keys.some(isTouched)) return known;
      return resolvePeers(
        list,
        keys.map((key) => this.#registry.get(key).state),
      );
    };
    const trust = peers(options.trust, before?.plan.admission.trust);
    const plain = peers(options.headerless, before?.plan.admission.plain);
    const forwardedTrust = peers(options.forwardedTrust, before?.plan.presentation.forwardedTrust);
    const isSame =
      changed !== null &&
      before?.plan.snapshot === pool.snapshot &&
      before.plan.affinityMs === pool.affinityMs &&
      before.plan.admission.allow === pool.allow &&
      before.plan.admission.trust === trust &&
      before.plan.admission.plain === plain &&
      before.plan.presentation.forwardedTrust === forwardedTrust;
    const id = rows.listener(options.name);
    const plan = isSame
      ? before.plan
      : listenerPlan(options, { id, maxSessions, accessLog, pool, trust, plain, forwardedTrust });
    return { options, pool, sources, plan };
  }

  async #clearPaths(plans: readonly ListenerPlan[]): Promise<void> {
    const open = new Set(this.open.map(({ address }) => addressText(address)));
    for (const { listen } of plans) {
      if (listen.kind === 'unix' && !open.has(addressText(listen))) await removeStaleSocket(listen.path);
    }
  }

  #opened(listeners: readonly OpenListener[], options: readonly ListenerOptions[]): void {
    if (this.#leaving) return;
    // With its name: a socket that goes on under another one is news to whoever looks for that.
    const before = new Set(this.open.map(({ name, address }) => `${name} ${addressText(address)}`));
    this.open = listeners;
    const byName = new Map(options.map((each) => [each.name, each]));
    for (const listener of listeners) {
      const { name } = listener;
      const address = addressText(listener.address);
      if (before.has(`${name} ${address}`)) continue;
      const facts = this.#parts.facts(listener, byName.get(name)!);
      this.#parts.log.info({ listener: name, address, ...facts }, 'listening');
    }
  }
}
