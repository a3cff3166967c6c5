import type { ListenerOptions, ResolvedConfig, ResolvedListener } from '../config/config.ts';
import { createThrottle } from '../discovery/throttle.ts';
import type { EndpointSource } from '../endpoints/endpoint-source.ts';
import type { Place } from '../endpoints/traffic-policy.ts';
import type { Clock } from '../observe/clock.ts';
import type { OpenListener } from '../plan/engine.ts';
import { StartError } from '../plan/start-error.ts';
import { AwaitedSources } from './awaited-sources.ts';
import { type KeptListener, REACH_KEY } from './kept-listener.ts';
import type { ListenerSource } from './listener-source.ts';
import { PlanInForce, type PlanParts, type WantedPlan } from './plan-in-force.ts';
import { createRemarkLog } from './remark-log.ts';
import type { GoneListener } from './row-table.ts';
import { SerialQueue } from './serial-queue.ts';
import { type SourceMaker, SourceRegistry } from './source-registry.ts';
import { listenerSources, wantedSources } from './wanted-sources.ts';

/** Events of all sources become a plan at most this often; the first one at once. */
const PLAN_MS = 50;
/**
 * How long a start or a reload waits for sources that have not answered. Without a wait, a listener that changes to a
 * Service would have no endpoints for a moment; with an endless one, a source that is away would hold up all listeners.
 */
const ANSWER_MS = 2000;
/**
 * The same for an offer of listeners while others serve. Sources of the cluster answer from memory, in the same turn; one that
 * does not must not hold up the listeners of others.
 */
const OFFER_ANSWER_MS = 100;
/** The same for a process that succeeds another: until it is ready that one serves, with endpoints that it knows. */
const SUCCESSOR_ANSWER_MS = 20_000;

export interface PlanKeeperParts extends Omit<PlanParts, 'source' | 'waits'> {
  readonly maker: SourceMaker;
  readonly clock: Clock;
  /** Whether the first configuration is refused if a source does not answer. */
  readonly needsAnswers?: boolean;
}

/**
 * Keeps the engine's plan up to date with the listeners that are wanted and with what their sources say:
 *
 *     Config (apply), cluster (offer)
 *        │  └─▶ wanted sources ──▶ SourceRegistry ── changed ──▶ Throttle ──┐
 *        │       (wanted-sources)   (static, DNS, Kubernetes)               │ rebuild the listeners concerned
 *        │                    what this node presents ── reachChanged ──────┤
 *        └── apply ─────────────────────────────────────────────────────────┤
 *                                                                           ▼
 *     RowTable ── rows and slots ──▶ keepListener ──▶ Plan ──▶ engine.apply
 *                                    (pool-facts, listener-plan)     (engines: one engine of several kinds)
 *
 * Plans are applied one at a time. A change rebuilds only the listeners whose options or sources it concerns; the plans of the
 * others stay the same objects. If the engine refuses a plan, the one in force stays, with its sources, rows and slots. Of an offer,
 * the listeners that it names are left out then, and the rest is applied.
 */
export class PlanKeeper {
  readonly #parts: PlanKeeperParts;
  readonly #registry: SourceRegistry;
  /** Plans of source events and of wishes. */
  readonly #plans = new SerialQueue();
  /** A wish that waits for its sources must not have them stopped by the next one. */
  readonly #wishes = new SerialQueue();
  readonly #throttle;
  readonly #remarks;
  readonly #plan: PlanInForce;
  /** Keys of the sources that have changed since the last plan. */
  #changed = new Set<string>();
  readonly #awaited: AwaitedSources;
  /** Why the last plan of source events was refused; null if it was not. */
  #refused: string | null = null;
  /** What was asked for last, without listeners that could not be opened. */
  #wish: WantedPlan | null = null;
  #source: ListenerSource | null = null;
  #answered = false;
  #leaving = false;

  constructor(parts: PlanKeeperParts) {
    const { clock, log, maker } = parts;
    this.#parts = parts;
    this.#remarks = createRemarkLog(log, clock);
    maker.listen((of, remark) => this.#remarks.add(of, remark));
    this.#throttle = createThrottle({ everyMs: PLAN_MS, clock, run: () => this.#applyEvents() });
    this.#registry = new SourceRegistry({
      maker,
      changed: (key) => this.#note(key),
      remark: ({ name }, remark) => this.#remarks.add(name, remark),
      after: clock.after,
    });
    this.#awaited = new AwaitedSources({
      source: (key) => this.#registry.get(key),
      withinMs: ANSWER_MS,
      clock,
      over: () => this.#throttle.request(),
    });
    this.#plan = new PlanInForce({
      ...parts,
      source: (key) => this.#registry.get(key),
      waits: (options) =>
        this.#awaited.current.size > 0 && this.#awaited.has(listenerSources(options).map(({ key }) => key)),
    });
  }

  /** The reach of this node has changed: the listeners that present transparent are built again, as if a source had changed. */
  reachChanged(): void {
    this.#note(REACH_KEY);
  }

  #note(key: string): void {
    this.#changed.add(key);
    if (this.#wish !== null) this.#throttle.request();
  }

  /** Called after each plan that the engine accepted. */
  set applied(applied: (listeners: readonly KeptListener[]) => void) {
    this.#plan.applied = applied;
  }

  get listeners(): readonly KeptListener[] {
    return this.#plan.listeners;
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
    return this.#plan.open;
  }

  get sources(): Iterable<EndpointSource> {
    return this.#registry.all;
  }

  /** Turns true once every source has answered, and stays so: sources that a reload adds do not turn `/startupz` back. */
  get answered(): boolean {
    this.#answered ||= [...this.sources].every(({ state }) => state.synced);
    return this.#answered;
  }

  /** Listeners that have vanished, whose counters go on for a while. */
  get gone(): readonly GoneListener[] {
    return this.#parts.rows.gone(this.#parts.clock.now());
  }

  /** The counters of all listeners that this process has had, summed. */
  totalCounters(): Float64Array {
    return this.#parts.rows.total();
  }

  /**
   * Puts a configuration in force: starts the sources that it names, waits up to two seconds for their first answers, and
   * stops those that it does not name. Rejects with a `StartError` or a `ConfigError`; then nothing has changed.
   */
  async apply({ listeners }: Pick<ResolvedConfig, 'listeners'>): Promise<void> {
    await this.#wishes.run(() => this.#follow({ listeners, isPartial: false }));
  }

  /**
   * Puts these listeners in force, without those that cannot be opened: resolves with them by name, and why. If sources of a
   * listener in force have not answered yet, it keeps what it has until they do, or for two seconds. An offer that comes
   * while listeners close changes nothing. Rejects with a `StartError` that is of no listener; then nothing has changed.
   */
  offer(offered: readonly ListenerOptions[]): Promise<ReadonlyMap<string, string>> {
    return this.#wishes.run(async () => {
      if (this.#leaving) return new Map();
      const listeners = offered.filter(isResolved);
      const failed = await this.#follow({ listeners, isPartial: true });
      const unknown = offered.filter((options) => !isResolved(options));
      return new Map([...failed, ...unknown.map(({ name }) => [name, NO_PASSED_SOCKET] as const)]);
    });
  }

  /** Puts in force whatever this source offers, until `stop`. */
  follow(source: ListenerSource): void {
    this.#source = source;
    source.start((listeners) => this.offer(listeners));
  }

  /** Resolves with the listeners that could not be opened. */
  async #follow(wish: WantedPlan): Promise<ReadonlyMap<string, string>> {
    const wanted = wantedSources(wish.listeners);
    await this.#parts.maker.prepare(wanted.values());
    const fresh = this.#registry.add(wanted.values());
    const isFirst = this.listeners.length === 0;
    await this.#answers(fresh, wish.isPartial && !isFirst ? OFFER_ANSWER_MS : ANSWER_MS);
    let failed: ReadonlyMap<string, string> = new Map();
    await this.#plans.run(async () => {
      const [changed, awaited] = [this.#changed, this.#awaited.current];
      this.#changed = new Set();
      if (wish.isPartial) this.#awaited.add(fresh);
      try {
        // This would open listeners that nothing closes any more.
        if (this.#leaving && wish.isPartial) return;
        if (this.#leaving)
          throw new StartError('leaving', 'Herald is draining; the configuration stays as it is');
        failed = await this.#applyWish(wish, changed, true);
      } catch (error) {
        this.#changed = new Set([...changed, ...this.#changed]);
        this.#awaited.current = awaited;
        throw error;
      } finally {
        this.#keepSources();
      }
    });
    if (this.#changed.size > 0) this.#throttle.request();
    return failed;
  }

  async #answers(fresh: readonly string[], usualMs: number): Promise<void> {
    const isNeeded = this.#parts.needsAnswers === true && this.#wish === null;
    const withinMs = isNeeded ? SUCCESSOR_ANSWER_MS : usualMs;
    await this.#registry.answered(fresh, withinMs);
    if (!isNeeded) return;
    const silent = [...this.sources].find(({ state }) => !state.synced);
    if (silent === undefined) return;
    const message = `${silent.name} has not answered within ${withinMs / 1000} s`;
    throw new StartError('source_silent', message);
  }

  /** Stops the sources that nothing in force uses, and nothing that is asked for. Only between two wishes: the next one waits for its own. */
  #keepSources(): void {
    const inForce = this.listeners.map(({ options }) => options);
    this.#registry.keep(wantedSources([...inForce, ...(this.#wish?.listeners ?? [])]));
  }

  /** The listeners are about to close. What sources say from now on makes no plan. */
  leave(): void {
    this.#leaving = true;
    this.#plan.close();
  }

  /** Stops all sources. The plan in force stays in force. */
  async stop(): Promise<void> {
    this.#throttle.stop();
    this.#awaited.stop();
    this.#remarks.stop();
    await this.#source?.stop();
    await this.#registry.stop();
  }

  async #applyEvents(): Promise<void> {
    await this.#plans.run(async () => {
      const wish = this.#wish;
      if (wish === null || this.#leaving) return;
      const changed = this.#changed;
      this.#changed = new Set();
      try {
        const failed = await this.#applyWish(wish, changed, false);
        this.#refused = null;
        for (const message of failed.values()) this.#parts.log.error({}, message);
      } catch (error) {
        // For example more endpoints than the table has slots. The plan in force stays.
        this.#refuse(error as Error);
      }
    });
  }

  #refuse(error: Error): void {
    const level = this.#refused === error.message ? 'debug' : 'error';
    this.#refused = error.message;
    this.#parts.log[level](
      { err: error },
      'changed endpoints could not be applied; keeping the previous ones',
    );
  }

  async #applyWish(
    wish: WantedPlan,
    changed: ReadonlySet<string>,
    isNew: boolean,
  ): Promise<ReadonlyMap<string, string>> {
    const failed = await this.#plan.apply(wish, changed, isNew);
    this.#wish = { ...wish, listeners: wish.listeners.filter(({ name }) => !failed.has(name)) };
    return failed;
  }
}

const NO_PASSED_SOCKET = 'a socket that systemd passes is for flags and files only';

function isResolved(options: ListenerOptions): options is ResolvedListener {
  return options.listen.kind !== 'systemd';
}
