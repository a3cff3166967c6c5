import { unlinkSync } from 'node:fs';
import { close } from '../../linux/socket.ts';
import type { Engine, OpenListener, SessionInfo } from '../../plan/engine.ts';
import { handedOn } from '../../plan/handed-on.ts';
import type { SessionObserver } from '../../plan/observer.ts';
import type { ListenAddress, ListenerPlan, Plan } from '../../plan/plan.ts';
import { requirePresentations } from '../../plan/require-presentations.ts';
import { addressKey, sameAddress } from '../../plan/same-address.ts';
import { LINGER_MS } from '../../session/session.ts';
import type { SharedState } from '../../shared-memory/shared-state.ts';
import type { WorkerListener } from '../threads/worker-messages.ts';
import { WorkerSlot } from '../threads/worker-slot.ts';
import { followKeepalive, handOnListener, type Opened, openListener } from './open-listeners.ts';
import { selfTest } from './self-test.ts';

export interface EpollEngineOptions {
  readonly state: SharedState;
  readonly observer: SessionObserver;
  /** Tells the session ids of this process from those of every other. */
  readonly idPrefix: string;
  readonly logTlvs: readonly number[];
  /** Worker threads; each has its own rows of the state's counters, from 0 on. */
  readonly threads: number;
  readonly lingerMs?: number;
}

/** The Linux engine: worker threads, each a loop over epoll. Rejects where this machine can't have it. */
export async function createEpollEngine({ threads, ...rest }: EpollEngineOptions): Promise<Engine> {
  selfTest(threads);
  const berths = Array.from(
    { length: threads },
    (_, worker) => new WorkerSlot({ lingerMs: LINGER_MS, ...rest, worker }),
  );
  try {
    await Promise.all(berths.map(({ ready }) => ready));
  } catch (error) {
    for (const berth of berths) berth.leave();
    await Promise.all(berths.map((berth) => berth.exit()));
    throw error;
  }
  return new EpollEngine(berths);
}

interface Listening {
  readonly plan: ListenerPlan;
  readonly opened: Opened;
}

class EpollEngine implements Engine {
  readonly name = 'epoll';
  readonly presentations = ['none', 'v1', 'v2', 'transparent'] as const;
  readonly servesInMainThread = false;
  readonly acceptsInBatches = true;
  readonly #berths: readonly WorkerSlot[];
  #listening = new Map<number, Listening>();
  #stopped: Promise<void> | null = null;

  constructor(berths: readonly WorkerSlot[]) {
    this.#berths = berths;
  }

  get threads(): number {
    return this.#berths.length;
  }

  async apply(plan: Plan): Promise<readonly OpenListener[]> {
    requirePresentations(plan, this);
    const { listeners } = plan;
    const opened = this.#open(listeners);
    const next = new Map(
      listeners.map((plan) => {
        return [
          plan.id,
          { plan, opened: opened.get(plan.id) ?? this.#listening.get(plan.id)!.opened },
        ] as const;
      }),
    );
    for (const [id, { plan, opened }] of next) {
      const before = this.#listening.get(id)?.plan.timeouts;
      if (before !== undefined && before.keepaliveMs !== plan.timeouts.keepaliveMs)
        followKeepalive(opened, plan);
    }
    const gone = [...this.#listening].filter(([id]) => !next.has(id) || opened.has(id));
    this.#listening = next;
    const fresh = new Set(opened.keys());
    await Promise.all(this.#berths.map((berth, worker) => berth.apply(listenersOf(next, worker), fresh)));
    const open = new Set([...next.values()].map(({ opened: { address } }) => addressKey(address)));
    // Another listener may have the socket now.
    for (const [, { opened }] of gone) {
      if (!open.has(addressKey(opened.address))) unlinkPath(opened.address);
    }
    return [...next.values()].map(({ plan: { id, name }, opened: { address } }) => ({ id, name, address }));
  }

  async drain(): Promise<void> {
    this.#leave();
    await this.#order({ do: 'drain' });
    await this.#exit();
  }

  async stop(reason: 'drain_timeout' | 'stopped'): Promise<void> {
    this.#leave();
    const drained = this.#order({ do: 'drain' });
    await this.#order({ do: 'abort', reason });
    await drained;
    await this.#exit();
  }

  async sessions(limit: number): Promise<readonly SessionInfo[]> {
    const infos = await this.#order({ do: 'sessions', limit });
    return infos
      .flat()
      .sort((a, b) => b.ageMs - a.ageMs)
      .slice(0, limit);
  }

  async alive(): Promise<boolean> {
    return (await Promise.all(this.#berths.map((berth) => berth.alive()))).every(Boolean);
  }

  #order(wish: Parameters<WorkerSlot['order']>[0]) {
    return Promise.all(this.#berths.map((berth) => berth.order(wish)));
  }

  #isNew(plan: ListenerPlan): boolean {
    const current = this.#listening.get(plan.id);
    return current === undefined || !sameAddress(current.plan.listen, plan.listen);
  }

  /** Opens all that are new, or none. */
  #open(plans: readonly ListenerPlan[]): Map<number, Opened> {
    const open = new Map([...this.#listening].map(([id, { plan }]) => [id, plan.listen]));
    const handed = handedOn(open, plans);
    const opened = new Map<number, Opened>();
    try {
      for (const plan of plans) {
        const holder = handed.get(plan.id);
        if (holder !== undefined)
          opened.set(plan.id, handOnListener(plan, this.#listening.get(holder)!.opened));
        else if (this.#isNew(plan)) opened.set(plan.id, openListener(plan, this.#berths.length));
      }
    } catch (error) {
      for (const [id, { fds, address }] of opened) {
        for (const fd of fds) close(fd);
        if (!handed.has(id)) unlinkPath(address);
      }
      throw error;
    }
    return opened;
  }

  #leave(): void {
    for (const berth of this.#berths) berth.leave();
    for (const { opened } of this.#listening.values()) unlinkPath(opened.address);
    this.#listening.clear();
  }

  #exit(): Promise<void> {
    this.#stopped ??= Promise.all(this.#berths.map((berth) => berth.exit())).then(() => {});
    return this.#stopped;
  }
}

function listenersOf(listening: ReadonlyMap<number, Listening>, worker: number): WorkerListener[] {
  return [...listening.values()].map(({ plan, opened: { fds, address } }) => ({
    plan,
    fd: fds[worker]!,
    port: address.kind === 'tcp' ? address.port : 0,
  }));
}

/** The path of a unix socket goes when its listener does. */
function unlinkPath(address: ListenAddress): void {
  if (address.kind !== 'unix') return;
  try {
    unlinkSync(address.path);
  } catch {
    // Somebody was faster.
  }
}
