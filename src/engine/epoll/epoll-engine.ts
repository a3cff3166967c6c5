import { unlinkSync } from 'node:fs';
import { close } from '../../linux/socket.ts';
import type { Engine, OpenListener, SessionInfo } from '../../proxy/engine.ts';
import type { SessionObserver } from '../../proxy/observer.ts';
import type { ListenerPlan, Plan } from '../../proxy/plan.ts';
import { sameAddress } from '../../proxy/same-address.ts';
import type { SharedState } from '../../proxy/shared-state.ts';
import type { News, WorkerListener } from './messages.ts';
import { type Opened, openListener } from './open-listeners.ts';
import { WorkerThread } from './worker-thread.ts';

export interface EpollEngineOptions {
  readonly state: SharedState;
  readonly observer: SessionObserver;
  readonly idPrefix: string;
  readonly logTlvs: readonly number[];
  /** Worker threads; each has its own rows of the state's counters, from 0 on. */
  readonly threads: number;
}

/** The Linux engine: worker threads, each a loop over epoll. Rejects where this machine can't have it. */
export async function createEpollEngine(options: EpollEngineOptions): Promise<Engine> {
  const engine = new EpollEngine(options);
  await engine.start();
  return engine;
}

interface Listening {
  readonly plan: ListenerPlan;
  readonly opened: Opened;
}

class EpollEngine implements Engine {
  readonly name = 'epoll';
  readonly #observer: SessionObserver;
  readonly #workers: WorkerThread[];
  #listening = new Map<number, Listening>();
  #stopped: Promise<void> | null = null;

  constructor({ threads, observer, state, idPrefix, logTlvs }: EpollEngineOptions) {
    this.#observer = observer;
    const waited = new Float64Array(new SharedArrayBuffer(threads * 8));
    this.#workers = Array.from({ length: threads }, (_, worker) => {
      const events = {
        onNews: (news: Parameters<EpollEngine['hear']>[0]) => this.hear(news),
        onLost: (error: unknown) => observer.fault(null, 'a worker has ended', error),
      };
      return new WorkerThread({ state, worker, idPrefix, logTlvs, waited }, events);
    });
  }

  async start(): Promise<void> {
    await Promise.all(this.#workers.map(({ ready }) => ready));
  }

  async apply({ listeners }: Plan): Promise<readonly OpenListener[]> {
    const opened = this.#open(listeners.filter((plan) => this.#isNew(plan)));
    const next = new Map(
      listeners.map((plan) => [
        plan.id,
        { plan, opened: opened.get(plan.id) ?? this.#listening.get(plan.id)!.opened },
      ]),
    );
    this.#listening = next;
    await Promise.all(
      this.#workers.map((worker, index) =>
        worker.order({
          do: 'apply',
          listeners: [...next.values()].map(
            (each): WorkerListener => ({
              plan: each.plan,
              fd: opened.has(each.plan.id) ? each.opened.fds[index]! : -1,
              port: each.opened.address.kind === 'tcp' ? each.opened.address.port : 0,
            }),
          ),
        }),
      ),
    );
    return [...next.values()].map(({ plan: { id, name }, opened: { address } }) => ({ id, name, address }));
  }

  async drain(): Promise<void> {
    this.#unlink();
    await Promise.all(this.#workers.map((worker) => worker.order({ do: 'drain' }).catch(() => {})));
    await this.#exit();
  }

  async stop(reason: 'drain_timeout' | 'stopped'): Promise<void> {
    this.#unlink();
    const drained = this.#workers.map((worker) => worker.order({ do: 'drain' }).catch(() => {}));
    await Promise.all(this.#workers.map((worker) => worker.order({ do: 'abort', reason }).catch(() => {})));
    await Promise.all(drained);
    await this.#exit();
  }

  async sessions(limit: number): Promise<readonly SessionInfo[]> {
    const answers = await Promise.all(this.#workers.map((worker) => worker.order({ do: 'sessions', limit })));
    const infos = answers.flatMap(({ sessions }) => sessions ?? []);
    return infos.sort((a, b) => b.ageMs - a.ageMs).slice(0, limit);
  }

  hear(news: Exclude<News, { news: 'done' | 'ready' }>): void {
    if (news.news === 'records') this.#observer.records(news.records, news.dropped);
    else
      this.#observer.fault(
        news.listener,
        news.message,
        Object.assign(new Error(news.errno), { code: news.errno }),
      );
  }

  #isNew(plan: ListenerPlan): boolean {
    const current = this.#listening.get(plan.id);
    return current === undefined || !sameAddress(current.plan.listen, plan.listen);
  }

  /** Opens all or none. */
  #open(plans: readonly ListenerPlan[]): Map<number, Opened> {
    const opened = new Map<number, Opened>();
    try {
      for (const plan of plans) opened.set(plan.id, openListener(plan, this.#workers.length));
    } catch (error) {
      for (const { fds } of opened.values()) for (const fd of new Set(fds)) close(fd);
      throw error;
    }
    return opened;
  }

  /** The paths of unix sockets go when their listeners do. */
  #unlink(): void {
    for (const { opened } of this.#listening.values()) {
      if (opened.address.kind !== 'unix') continue;
      try {
        unlinkSync(opened.address.path);
      } catch {
        // Somebody was faster.
      }
    }
    this.#listening.clear();
  }

  #exit(): Promise<void> {
    this.#stopped ??= Promise.all(this.#workers.map((worker) => worker.exit())).then(() => {});
    return this.#stopped;
  }
}
