import { close } from '../../linux/socket.ts';
import { duplicateAll, followKeepalive, type OpenSockets } from '../../listening/bind-sockets.ts';
import { ListeningSockets } from '../../listening/listening-sockets.ts';
import { type Engine, type OpenListener, requireAbilities, type SessionInfo } from '../../plan/engine.ts';
import type { HeldSocket } from '../../plan/held-socket.ts';
import { listenError } from '../../plan/listen-error.ts';
import type { ListenAddress, ListenerPlan, Plan } from '../../plan/plan.ts';
import { type PlanChange, planChange } from '../../plan/plan-change.ts';
import { StartError, throwJoined } from '../../plan/start-error.ts';
import { LINGER_MS } from '../../session/broken-side.ts';
import { WorkerFleet } from '../threads/worker-fleet.ts';
import type { WorkerSlotOptions } from '../threads/worker-slot.ts';
import { EPOLL_ABILITIES } from './epoll-abilities.ts';
import { selfTest } from './self-test.ts';

export interface EpollEngineOptions extends Omit<WorkerSlotOptions, 'script' | 'worker' | 'lingerMs'> {
  /** Worker threads; each has its own rows of the state's counters, from 0 on. */
  readonly threads: number;
  readonly lingerMs?: number;
  /** Default: sockets of its own. */
  readonly sockets?: ListeningSockets | undefined;
}

const SCRIPT = { url: new URL('./worker.js', import.meta.url), name: 'herald-epoll' };

/**
 * The Linux engine: worker threads, each with one epoll loop. This thread binds the sockets, and each worker accepts from descriptors
 * of its own. Rejects if this machine cannot run it.
 *
 *     main thread     EpollEngine ── WorkerFleet       binds and hands over sockets, unlinks paths; orders to all workers
 *     worker thread   worker.ts ── create-worker.ts    one loop, with all that its sessions share (`WorkerParts`)
 *                     Acceptor                         this worker's share of one listener: accepts, admits, knows its sessions
 *                     EpollSession                     one session: a `Course` on two descriptors (`Side`)
 *                       dial, send-header              the connection to the endpoint, and the header in front
 *                       Relay ── Flow ── transfer      moves bytes: one `Flow` for each direction, by copying or splice (`PipePool`)
 *                       EpollRemainder                 after a break: delivers the rest, then closes
 */
export async function createEpollEngine({
  threads,
  sockets = new ListeningSockets(),
  ...rest
}: EpollEngineOptions): Promise<Engine> {
  selfTest(threads);
  const fleet = await WorkerFleet.start(threads, { lingerMs: LINGER_MS, ...rest, script: SCRIPT });
  return new EpollEngine(fleet, sockets);
}

interface Listening extends OpenSockets {
  readonly plan: ListenerPlan;
}

class EpollEngine implements Engine {
  readonly name = EPOLL_ABILITIES.name;
  readonly presentations = EPOLL_ABILITIES.presentations;
  readonly transports = EPOLL_ABILITIES.transports;
  readonly servesInMainThread = false;
  readonly acceptsInBatches = true;
  readonly #fleet: WorkerFleet;
  readonly #sockets: ListeningSockets;
  #listening: ReadonlyMap<number, Listening> = new Map();
  #leaving = false;

  constructor(fleet: WorkerFleet, sockets: ListeningSockets) {
    this.#fleet = fleet;
    this.#sockets = sockets;
  }

  get threads(): number {
    return this.#fleet.size;
  }

  async apply(plan: Plan): Promise<readonly OpenListener[]> {
    requireAbilities(this, plan);
    if (this.#leaving) throw new StartError('leaving', 'the engine is draining and accepts no further plan');
    const before = this.#listening;
    const change = planChange(before, plan.listeners);
    const opened = this.#open(change);
    // Nothing below can fail.
    for (const { timeouts, id } of change.change) {
      const current = before.get(id)!;
      if (current.plan.timeouts.keepaliveMs !== timeouts.keepaliveMs)
        followKeepalive(current, timeouts.keepaliveMs);
    }
    for (const { plan } of change.handOver) followKeepalive(opened.get(plan.id)!, plan.timeouts.keepaliveMs);
    const next = plan.listeners.map((plan): Listening => {
      const fresh = opened.get(plan.id);
      const known = before.get(plan.id);
      if (fresh === undefined && known?.plan === plan) return known;
      const { fds, distinct, address } = fresh ?? known!;
      return { fds, distinct, address, plan };
    });
    this.#listening = new Map(next.map((each) => [each.plan.id, each]));
    const port = (address: ListenAddress) => (address.kind === 'tcp' ? address.port : 0);
    await this.#fleet.apply(
      next.map(({ plan, fds, distinct, address }) => ({
        plan,
        fds,
        shared: distinct < fds.length,
        port: port(address),
      })),
      change,
    );
    for (const id of change.close) this.#sockets.unlink(before.get(id)!.address);
    return next.map(({ plan: { id, name }, address }) => ({ id, name, address }));
  }

  async drain(isTakenOver = false): Promise<void> {
    this.#leave();
    await this.#fleet.order({ do: 'drain', isTakenOver });
    await this.#fleet.exit();
  }

  async stop(reason: 'drain_timeout' | 'stopped'): Promise<void> {
    this.#leave();
    const drained = this.#fleet.order({ do: 'drain', isTakenOver: false });
    await this.#fleet.order({ do: 'abort', reason });
    await drained;
    await this.#fleet.exit();
  }

  sockets(): readonly HeldSocket[] {
    return [...this.#listening.values()].flatMap(({ plan: { name }, fds, distinct, address }) =>
      fds.slice(0, distinct).map((fd, worker) => ({ name, address, worker, fd })),
    );
  }

  async sessions(limit: number): Promise<readonly SessionInfo[]> {
    const infos = await this.#fleet.order({ do: 'sessions', limit });
    return [...infos].sort((a, b) => b.ageMs - a.ageMs).slice(0, limit);
  }

  alive(): Promise<boolean> {
    return this.#fleet.alive();
  }

  /**
   * Binds the listeners to open and duplicates those to hand over: all of them, or it leaves none open and throws a `StartError`
   * that names all that failed.
   */
  #open({ open, handOver }: PlanChange): Map<number, OpenSockets> {
    const opened = new Map<number, OpenSockets>();
    const handed = new Map<number, OpenSockets>();
    const failed: StartError[] = [];
    const into = (to: Map<number, OpenSockets>, plan: ListenerPlan, run: () => OpenSockets) => {
      try {
        to.set(plan.id, run());
      } catch (error) {
        failed.push(listenError(plan, error as NodeJS.ErrnoException));
      }
    };
    for (const plan of open) into(opened, plan, () => this.#bind(plan));
    for (const { plan, holder } of handOver)
      into(handed, plan, () => duplicateAll(this.#listening.get(holder)!));
    if (failed.length > 0) {
      for (const { fds } of [...opened.values(), ...handed.values()]) for (const fd of fds) close(fd);
      for (const { address } of opened.values()) this.#sockets.unlink(address);
    }
    throwJoined(failed);
    return new Map([...opened, ...handed]);
  }

  #bind({ name, listen, timeouts: { keepaliveMs } }: ListenerPlan): OpenSockets {
    return this.#sockets.open({ name, listen, keepaliveMs }, this.#fleet.size);
  }

  #leave(): void {
    this.#leaving = true;
    this.#fleet.leave();
    for (const { address } of this.#listening.values()) this.#sockets.unlink(address);
    this.#listening = new Map();
  }
}
