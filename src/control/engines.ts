import type { Engine, OpenListener } from '../plan/engine.ts';
import type { ListenerPlan, Plan, Presentation } from '../plan/plan.ts';
import { addressKey } from '../plan/same-address.ts';
import { StartError } from '../plan/start-error.ts';
import type { EngineChoice } from './choose-engine.ts';

/** The engines of a program as one: each listener goes to the one that knows its presentation. */
export interface Engines extends Engine {
  /** The engine of every presentation but `forwarded`; started where it is not there yet. */
  relaying(): Promise<Engine>;
  /** Who serves a listener of the plan that is in force, and why: a clause for the log. */
  servedBy(listener: number): ServedBy;
}

export interface ServedBy {
  readonly engine: string;
  /** Worker threads that share the listener; 0: the main thread has it. */
  readonly threads: number;
  readonly why: string;
}

export interface EnginesParts {
  /** The engine of every presentation but `forwarded`; asked for with the first listener that needs it. */
  readonly choose: () => Promise<EngineChoice>;
  readonly createHttp: () => Promise<Engine>;
}

/** Nothing is started before the first plan, and then only what it needs. */
export function createEngines(parts: EnginesParts): Engines {
  return new JoinedEngines(parts);
}

const needsHttp = ({ presentation }: ListenerPlan): boolean => presentation.form === 'forwarded';

class JoinedEngines implements Engines {
  readonly #parts: EnginesParts;
  #choice: EngineChoice | null = null;
  #http: Engine | null = null;
  /** Those of the plan that is in force, by their ids. */
  #listeners: ReadonlyMap<number, ListenerPlan> = new Map();

  constructor(parts: EnginesParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#all.map(({ name }) => name).join('+');
  }

  get presentations(): readonly Presentation[] {
    return [...new Set(this.#all.flatMap(({ presentations }) => presentations))];
  }

  get threads(): number {
    return Math.max(0, ...this.#all.map(({ threads }) => threads));
  }

  get servesInMainThread(): boolean {
    return this.#all.some((engine) => engine.servesInMainThread);
  }

  get acceptsInBatches(): boolean {
    return this.#all.every((engine) => engine.acceptsInBatches);
  }

  async apply(plan: Plan): Promise<readonly OpenListener[]> {
    this.#refuseChange(plan);
    const http = plan.listeners.filter(needsHttp);
    const rest = plan.listeners.filter((listener) => !needsHttp(listener));
    if (rest.length > 0) await this.relaying();
    if (http.length > 0) this.#http ??= await this.#parts.createHttp();
    const opened = (await this.#choice?.engine.apply({ ...plan, listeners: rest })) ?? [];
    let openedHttp: readonly OpenListener[] = [];
    try {
      openedHttp = (await this.#http?.apply({ ...plan, listeners: http })) ?? [];
    } catch (error) {
      // What the first one did already is undone: all that was open stays as it was.
      const before = [...this.#listeners.values()].filter((listener) => !needsHttp(listener));
      await this.#choice?.engine.apply({ ...plan, listeners: before });
      throw error;
    }
    this.#listeners = new Map(plan.listeners.map((listener) => [listener.id, listener]));
    const open = new Map([...opened, ...openedHttp].map((listener) => [listener.id, listener]));
    return plan.listeners.map(({ id }) => open.get(id)!);
  }

  async relaying(): Promise<Engine> {
    this.#choice ??= await this.#parts.choose();
    return this.#choice.engine;
  }

  async drain(): Promise<void> {
    await Promise.all(this.#all.map((engine) => engine.drain()));
  }

  async stop(reason: 'drain_timeout' | 'stopped'): Promise<void> {
    await Promise.all(this.#all.map((engine) => engine.stop(reason)));
  }

  async sessions(limit: number) {
    const each = await Promise.all(this.#all.map((engine) => engine.sessions(limit)));
    return each
      .flat()
      .sort((a, b) => b.ageMs - a.ageMs)
      .slice(0, limit);
  }

  async alive(): Promise<boolean> {
    const each = await Promise.all(this.#all.map((engine) => engine.alive()));
    return each.every((alive) => alive);
  }

  servedBy(listener: number): ServedBy {
    const plan = this.#listeners.get(listener);
    const isHttp = plan !== undefined && needsHttp(plan);
    const { name, threads } = isHttp ? this.#http! : this.#choice!.engine;
    return { engine: name, threads, why: isHttp ? 'it presents clients as forwarded' : this.#choice!.why };
  }

  get #all(): Engine[] {
    return [this.#choice?.engine, this.#http].filter((engine) => engine != null);
  }

  /** An engine closes a listener only once it has served its queue: another one can't have the address meanwhile. */
  #refuseChange({ listeners }: Plan): void {
    const open = new Map([...this.#listeners.values()].map((plan) => [addressKey(plan.listen), plan]));
    for (const next of listeners) {
      const before = open.get(addressKey(next.listen));
      const free = next.listen.kind === 'tcp' && next.listen.port === 0;
      if (before === undefined || free || needsHttp(before) === needsHttp(next)) continue;
      throw new StartError(
        'engine_change',
        `listener "${next.name}" can not change between forwarded and other presentations while it is open: restart Herald`,
      );
    }
  }
}
