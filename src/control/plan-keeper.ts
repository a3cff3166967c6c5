import type { IpSet } from '../address/ip-set.ts';
import type { PeerSet, ResolvedConfig, ResolvedListener } from '../config/config.ts';
import { createThrottle } from '../discovery/throttle.ts';
import type { EndpointSource } from '../endpoints/endpoint-source.ts';
import type { Place } from '../endpoints/traffic-policy.ts';
import type { Clock } from '../observe/clock.ts';
import type { Log } from '../observe/log.ts';
import type { Engine, OpenListener } from '../plan/engine.ts';
import type { ListenerPlan, Plan } from '../plan/plan.ts';
import { StartError } from '../plan/start-error.ts';
import { listenerPlan, sessionLimits } from './listener-plan.ts';
import { type ListenerFactsOf, OpenListeners } from './open-listeners.ts';
import { type PoolFacts, poolFacts } from './pool-facts.ts';
import { createPoolLog } from './pool-log.ts';
import { createRemarkLog } from './remark-log.ts';
import type { RowTable } from './row-table.ts';
import { SerialQueue } from './serial-queue.ts';
import { type SourceMaker, SourceRegistry } from './source-registry.ts';
import { peerSources, poolSources, resolvePeers, wantedSources } from './wanted-sources.ts';

/** Events of all sources become a plan at most this often; the first one at once. */
const PLAN_MS = 50;
/**
 * How long a start or a reload waits for sources that have not answered. Without a wait, a listener that changes to a
 * Service would have no endpoints for a moment; with an endless one, a source that is away would hold up all listeners.
 */
const ANSWER_MS = 2000;
/** The same for a process that succeeds another: until it is ready that one serves, with endpoints that it knows. */
const SUCCESSOR_ANSWER_MS = 20_000;

export interface PlanKeeperParts {
  readonly engine: Engine;
  readonly rows: RowTable;
  readonly maker: SourceMaker;
  readonly log: Log;
  readonly clock: Clock;
  /** Sessions that all listeners together may have. */
  readonly capacity: number;
  readonly place: Place;
  readonly accessLog: ListenerPlan['accessLog'];
  /** Whether the first configuration is refused if a source does not answer. */
  readonly needsAnswers?: boolean;
  /** Whether this process has inherited a socket of the listener's address. Default: none. */
  readonly isHeld?: (plan: ListenerPlan) => boolean;
  /** Called before the plan of a configuration is applied. Rejects with a `StartError` if this host lacks something for it. */
  readonly prepare: (plan: Plan) => Promise<void>;
  /** The fields of the line `listening`, besides the listener's name and address. */
  readonly facts: ListenerFactsOf;
}

/** One listener in force: its options, its pool as the control plane sees it, and its part of the engine's plan. */
export interface KeptListener {
  readonly options: ResolvedListener;
  readonly pool: PoolFacts;
  /** The sources of its pool. */
  readonly sources: readonly EndpointSource[];
  readonly plan: ListenerPlan;
}

/**
 * Keeps the engine's plan up to date with the configuration and with what its sources say:
 *
 *     Config ──▶ wanted sources ──▶ SourceRegistry ── changed ──▶ Throttle ──┐
 *        │        (wanted-sources)   (static, DNS, Kubernetes)               │ rebuild the listeners concerned
 *        └── apply ──────────────────────────────────────────────────────────┤
 *                                                                            ▼
 *     RowTable ── rows and slots ──▶ poolFacts ──▶ listenerPlan ──▶ Plan ──▶ engine.apply
 *                                    (pool-facts)  (listener-plan)            (engines: one engine of several kinds)
 *
 * Plans are applied one at a time. A change of a source rebuilds only the listeners that use it; the plans of the others
 * stay the same objects. If the engine refuses a plan, the one in force stays, with its sources, rows and slots.
 */
export class PlanKeeper {
  readonly #parts: PlanKeeperParts;
  readonly #registry: SourceRegistry;
  /** Plans of source events and of configurations. */
  readonly #plans = new SerialQueue();
  /** A configuration that waits for its sources must not have them stopped by the next one. */
  readonly #configurations = new SerialQueue();
  readonly #throttle;
  readonly #remarks;
  readonly #pools;
  readonly #open: OpenListeners;
  /** Keys of the sources that have changed since the last plan. */
  #changed = new Set<string>();
  /** Why the last plan of source events was refused; null if it was not. */
  #refused: string | null = null;
  #generation = 0;
  #config: ResolvedConfig | null = null;
  #answered = false;
  #leaving = false;
  listeners: readonly KeptListener[] = [];
  /** Called after each plan that the engine accepted. */
  applied: (listeners: readonly KeptListener[]) => void = () => {};

  constructor(parts: PlanKeeperParts) {
    const { clock, log, maker, facts, isHeld = () => false } = parts;
    this.#parts = parts;
    this.#open = new OpenListeners(log, facts, isHeld);
    this.#remarks = createRemarkLog(log, clock);
    maker.listen((of, remark) => this.#remarks.add(of, remark));
    this.#pools = createPoolLog(log);
    this.#throttle = createThrottle({ everyMs: PLAN_MS, clock, run: () => this.#applyEvents() });
    this.#registry = new SourceRegistry({
      maker,
      changed: (key) => {
        this.#changed.add(key);
        if (this.#config !== null) this.#throttle.request();
      },
      remark: ({ name }, remark) => this.#remarks.add(name, remark),
      after: clock.after,
    });
  }

  /** Where this process runs: the node and zone that traffic policy compares with. */
  get place(): Place {
    return this.#parts.place;
  }

  /** The namespace of Services that are written without one. */
  get namespace(): string {
    return this.#parts.maker.namespace;
  }

  /** The listeners that are open now: none before the start, and none once a drain has closed them. */
  get open(): readonly OpenListener[] {
    return this.#open.current;
  }

  get sources(): Iterable<EndpointSource> {
    return this.#registry.all;
  }

  /** Turns true once every source has answered, and stays so: sources that a reload adds do not turn `/startupz` back. */
  get answered(): boolean {
    this.#answered ||= [...this.sources].every(({ state }) => state.synced);
    return this.#answered;
  }

  /**
   * Puts a configuration in force: starts the sources that it names, waits up to two seconds for their first answers, and
   * stops those that it does not name. Rejects with a `StartError` or a `ConfigError`; then nothing has changed.
   */
  apply(config: ResolvedConfig): Promise<void> {
    return this.#configurations.run(() => this.#applyConfig(config));
  }

  async #applyConfig(config: ResolvedConfig): Promise<void> {
    const wanted = wantedSources(config.listeners);
    await this.#parts.maker.prepare(wanted.values());
    const fresh = this.#registry.add(wanted.values());
    await this.#answers(fresh);
    await this.#plans.run(async () => {
      const changed = this.#changed;
      this.#changed = new Set();
      try {
        // This would open listeners that nothing closes any more.
        if (this.#leaving)
          throw new StartError('leaving', 'Herald is draining; the configuration stays as it is');
        await this.#applyPlan(config, null);
      } catch (error) {
        this.#changed = new Set([...changed, ...this.#changed]);
        this.#registry.keep(wantedSources(this.#config?.listeners ?? []));
        throw error;
      }
      this.#config = config;
      this.#registry.keep(wanted);
    });
    if (this.#changed.size > 0) this.#throttle.request();
  }

  async #answers(fresh: Parameters<SourceRegistry['answered']>[0]): Promise<void> {
    const isNeeded = this.#parts.needsAnswers === true && this.#config === null;
    const withinMs = isNeeded ? SUCCESSOR_ANSWER_MS : ANSWER_MS;
    await this.#registry.answered(fresh, withinMs);
    if (!isNeeded) return;
    const silent = [...this.sources].find(({ state }) => !state.synced);
    if (silent === undefined) return;
    const message = `${silent.name} has not answered within ${withinMs / 1000} s`;
    throw new StartError('source_silent', message);
  }

  /** The listeners are about to close. What sources say from now on makes no plan. */
  leave(): void {
    this.#leaving = true;
    this.#open.close();
  }

  /** Stops all sources. The plan in force stays in force. */
  async stop(): Promise<void> {
    this.#throttle.stop();
    this.#remarks.stop();
    await this.#registry.stop();
  }

  async #applyEvents(): Promise<void> {
    await this.#plans.run(async () => {
      if (this.#config === null || this.#leaving) return;
      const changed = this.#changed;
      this.#changed = new Set();
      try {
        await this.#applyPlan(this.#config, changed);
        this.#refused = null;
      } catch (error) {
        // For example more endpoints than the table has slots. The plan in force stays.
        const { message } = error as Error;
        const level = this.#refused === message ? 'debug' : 'error';
        this.#refused = message;
        this.#parts.log[level](
          { err: error },
          'changed endpoints could not be applied; keeping the previous ones',
        );
      }
    });
  }

  /** `changed`: keys of sources; null: rebuild every listener. */
  async #applyPlan(config: ResolvedConfig, changed: ReadonlySet<string> | null): Promise<void> {
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
        await this.#open.clearPaths(plans);
        await prepare(plan);
      }
      if (!isSame) this.#open.replace(await engine.apply(plan), config.listeners);
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
    this.#pools.update(this.listeners);
    this.applied(this.listeners);
  }

  /** `before`: the listener of the same name in force. */
  #keep(
    options: ResolvedListener,
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
    const headerless = peers(options.headerless, before?.plan.admission.headerless);
    const forwardedTrust = peers(options.forwardedTrust, before?.plan.presentation.forwardedTrust);
    const isSame =
      changed !== null &&
      before?.plan.snapshot === pool.snapshot &&
      before.plan.affinityMs === pool.affinityMs &&
      before.plan.admission.allow === pool.allow &&
      before.plan.admission.trust === trust &&
      before.plan.admission.headerless === headerless &&
      before.plan.presentation.forwardedTrust === forwardedTrust;
    const id = rows.listener(options.name);
    const plan = isSame
      ? before.plan
      : listenerPlan(options, { id, maxSessions, accessLog, pool, trust, headerless, forwardedTrust });
    return { options, pool, sources, plan };
  }
}
