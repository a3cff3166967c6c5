import type { Engine, EngineAbilities, OpenListener, SessionInfo } from '../plan/engine.ts';
import type { HeldSocket } from '../plan/held-socket.ts';
import type { ListenerPlan, Plan } from '../plan/plan.ts';
import { addressKey, isAnyPort } from '../plan/plan-change.ts';
import { errorOfListener, listenerError, StartError, throwJoined, tryEach } from '../plan/start-error.ts';
import { chooseEngine, type EngineChoice } from './choose-engine.ts';
import { ENGINE_KINDS, type EngineKind, type EngineParts, type EnginePreference } from './engine-kinds.ts';

/** The engines of a program as one: each listener is served by the one that is chosen for it. */
export interface Engines extends Engine {
  /**
   * Starts the engines that the plan needs and that are not running yet. Rejects with a `StartError` if a listener can be
   * served by none. `apply` does so too.
   */
  prepare(plan: Plan): Promise<void>;
  /** Who serves a listener of the plan in force. */
  servedBy(listener: number): ServedBy;
}

export interface ServedBy {
  readonly engine: string;
  /** Worker threads that share the listener; 0: the main thread has it. */
  readonly threads: number;
  /** Why it is this engine: a clause for the log. */
  readonly why: string;
}

export interface EnginesParts extends EngineParts {
  readonly preference: EnginePreference;
  readonly kinds?: readonly EngineKind[];
  /** Called with each engine that was started. */
  readonly started: (engine: Engine) => void;
  /** Called if an engine cannot be had here and another serves: one sentence. */
  readonly warn: (message: string) => void;
}

/** Starts nothing before the first plan, and then only what a plan needs. */
export function createEngines(parts: EnginesParts): Engines {
  return new JoinedEngines(parts);
}

interface Served extends EngineChoice {
  readonly plan: ListenerPlan;
}

class JoinedEngines implements Engines {
  readonly #parts: EnginesParts;
  readonly #kinds: readonly EngineKind[];
  readonly #running = new Map<EngineKind, Engine>();
  readonly #failed = new Map<EngineKind, Error>();
  /** The listeners of the plan in force, by id. */
  #served: ReadonlyMap<number, Served> = new Map();

  constructor(parts: EnginesParts) {
    this.#parts = parts;
    this.#kinds = parts.kinds ?? ENGINE_KINDS;
  }

  get name(): string {
    return this.#all.map(({ name }) => name).join('+');
  }

  get presentations(): EngineAbilities['presentations'] {
    return [...new Set(this.#all.flatMap(({ presentations }) => presentations))];
  }

  get transports(): EngineAbilities['transports'] {
    return [...new Set(this.#all.flatMap(({ transports }) => transports))];
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

  async prepare(plan: Plan): Promise<void> {
    await this.#choose(plan);
  }

  async apply(plan: Plan): Promise<readonly OpenListener[]> {
    const next = await this.#choose(plan);
    this.#refuseChange(next);
    const open = new Map<number, OpenListener>();
    const told: EngineKind[] = [];
    const failed: StartError[] = [];
    try {
      for (const [kind, engine] of this.#running) {
        const wanted = plansOf(next, kind);
        const listeners = failed.length === 0 ? wanted : this.#withNew(kind, wanted);
        try {
          for (const each of await engine.apply({ ...plan, listeners })) open.set(each.id, each);
          told.push(kind);
        } catch (error) {
          failed.push(listenerError(error));
        }
      }
      throwJoined(failed);
    } catch (error) {
      for (const kind of told) {
        await this.#running.get(kind)!.apply({ ...plan, listeners: plansOf(this.#served.values(), kind) });
      }
      throw error;
    }
    this.#served = new Map(next.map((served) => [served.plan.id, served]));
    return plan.listeners.map(({ id }) => open.get(id)!);
  }

  async drain(isTakenOver = false): Promise<void> {
    await Promise.all(this.#all.map((engine) => engine.drain(isTakenOver)));
  }

  async stop(reason: 'drain_timeout' | 'stopped'): Promise<void> {
    await Promise.all(this.#all.map((engine) => engine.stop(reason)));
  }

  sockets(): readonly HeldSocket[] {
    return this.#all.flatMap((engine) => engine.sockets());
  }

  async sessions(limit: number): Promise<readonly SessionInfo[]> {
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
    const { kind, why } = this.#served.get(listener)!;
    const { name, threads } = this.#running.get(kind)!;
    return { engine: name, threads, why };
  }

  /** In the order of the table. */
  get #all(): Engine[] {
    return this.#kinds.flatMap((kind) => this.#running.get(kind) ?? []);
  }

  /**
   * What an engine has and what it would open besides, to find out whether it can after another one has failed: nothing that
   * is open is closed for that.
   */
  #withNew(kind: EngineKind, wanted: readonly ListenerPlan[]): ListenerPlan[] {
    const open = plansOf(this.#served.values(), kind);
    const addresses = new Set(open.map(({ listen }) => addressKey(listen)));
    const isNew = ({ id, listen }: ListenerPlan) =>
      !this.#served.has(id) && (isAnyPort(listen) || !addresses.has(addressKey(listen)));
    return [...open, ...wanted.filter(isNew)];
  }

  /** The engine of each listener, running. One that cannot be started is not tried again. */
  async #choose({ listeners }: Plan): Promise<readonly Served[]> {
    const next: Served[] = [];
    const failed: StartError[] = [];
    for (const plan of listeners) {
      const before = this.#served.get(plan.id);
      if (before?.plan === plan) {
        next.push(before);
        continue;
      }
      try {
        let choice = this.#search(plan);
        while (!this.#running.has(choice.kind)) {
          if (await this.#start(choice.kind)) continue;
          choice = this.#search(plan);
          this.#parts.warn(`${choice.why}; the ${choice.kind.name} engine serves`);
        }
        next.push({ plan, ...choice });
      } catch (error) {
        if (!(error instanceof StartError)) throw error;
        failed.push(errorOfListener(plan.name, error));
      }
    }
    throwJoined(failed);
    return next;
  }

  #search(plan: ListenerPlan): EngineChoice {
    const { preference, platform } = this.#parts;
    return chooseEngine(plan, { preference, platform, kinds: this.#kinds, failed: this.#failed });
  }

  /** False if it cannot be had here. */
  async #start(kind: EngineKind): Promise<boolean> {
    try {
      const engine = await kind.start(this.#parts);
      this.#running.set(kind, engine);
      this.#parts.started(engine);
      return true;
    } catch (error) {
      this.#failed.set(kind, error as Error);
      return false;
    }
  }

  /** An engine closes a listener only once it has served its queue: until then no other one can bind the address. */
  #refuseChange(next: readonly Served[]): void {
    const open = new Map(
      [...this.#served.values()].map((served) => [addressKey(served.plan.listen), served]),
    );
    tryEach(next, ({ plan: { name, listen, presentation }, kind }) => {
      const before = open.get(addressKey(listen));
      if (before === undefined || isAnyPort(listen) || before.kind === kind) return;
      const [from, to] = [before.plan.presentation.form, presentation.form];
      const message = `listener "${name}" cannot change from present ${from} to ${to} while its address is open: restart Herald`;
      throw new StartError('engine_change', message, undefined, new Map([[name, message]]));
    });
  }
}

function plansOf(served: Iterable<Served>, kind: EngineKind): ListenerPlan[] {
  return [...served].filter((each) => each.kind === kind).map(({ plan }) => plan);
}
