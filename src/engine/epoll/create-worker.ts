import { Loop } from '../../loop/loop.ts';
import { Alarm } from '../../loop/timer-wheel.ts';
import type { CloseReason } from '../../plan/close-reason.ts';
import { sessionInfos } from '../../session/ledger.ts';
import { ListenerRules, type WorkerContext } from '../../session/listener-rules.ts';
import { type OwnMachine, SelfConnects } from '../../session/self-connect.ts';
import { SessionIds } from '../../session/session-ids.ts';
import { WaitingLines } from '../../session/waiting-lines.ts';
import { RecordBatch } from '../../shared-memory/record-batch.ts';
import { DescriptorTable } from '../threads/descriptor-table.ts';
import { unpackSnapshot } from '../threads/packed-snapshot.ts';
import type { News, Order, PostedListener, WorkerData } from '../threads/worker-messages.ts';
import { Acceptor } from './acceptor.ts';
import { PipePool } from './pipe-pool.ts';
import { createReadBuffer } from './read-buffer.ts';
import type { WorkerParts } from './worker-parts.ts';

/** How long a record waits for others before the batch is sent, in milliseconds. */
const BATCH_MS = 50;

/** All that a worker gets from outside, except the kernel. */
export interface WorkerHost {
  readonly data: Omit<WorkerData, 'orders'>;
  readonly tell: (news: News) => void;
  /** The next order; undefined if there is none. Called again after each event of `wakeFd`. */
  readonly nextOrder: () => Order | undefined;
  /** Monotonic milliseconds, comparable with those of other workers. */
  readonly now: () => number;
  readonly random: () => number;
  readonly machine: OwnMachine;
}

/** One worker of the engine. */
export interface EpollWorker {
  /** Waits for events and handles them, once. False if the worker was ordered to exit; then it must not be called again. */
  turn(): boolean;
  /** Closes the worker's own descriptors. Its sessions must have ended. */
  close(): void;
}

/** Makes a worker and posts `ready`: a loop, the listeners that orders give it, and all that their sessions share. */
export function createWorker(host: WorkerHost): EpollWorker {
  return new OrderedWorker(host);
}

class OrderedWorker implements EpollWorker {
  readonly #host: WorkerHost;
  readonly #loop: Loop;
  readonly #parts: WorkerParts;
  readonly #context: WorkerContext;
  readonly #busyBefore: number;
  /** By the listener's id, an acceptor for each of its sockets that this worker has. */
  readonly #listeners = new Map<number, readonly Acceptor[]>();
  /** Closed listeners with open sessions. */
  readonly #leaving = new Set<Acceptor>();
  /** Orders to drain that are not finished. */
  #draining: number[] = [];
  #isRunning = true;

  constructor(host: WorkerHost) {
    const { data, now, random, tell } = host;
    const { state, worker, logTlvs, lingerMs, idPrefix } = data;
    this.#host = host;
    this.#busyBefore = state.busyMs[worker]!;
    const descriptors = new DescriptorTable(data.descriptors);
    const loop = new Loop({
      now,
      wakeFd: data.wakeFd,
      woken: () => this.#obeyNext(),
      closed: (fd) => descriptors.closed(fd),
    });
    descriptors.opened(loop.fd);
    const flushTimer = new Alarm(() => batch.flush());
    const batch: RecordBatch = new RecordBatch(
      {
        records: (records, dropped) => tell({ news: 'records', records, dropped }),
        fault: () => {},
      },
      () => loop.timers.set(flushTimer, loop.nowMs + BATCH_MS),
    );
    this.#loop = loop;
    this.#parts = {
      loop,
      buffer: createReadBuffer(),
      pipes: new PipePool(state.workers, descriptors),
      descriptors,
      lines: new WaitingLines((ms, run) => loop.timers.set(new Alarm(run), loop.nowMs + ms)),
    };
    this.#context = {
      state,
      worker,
      ids: new SessionIds(idPrefix),
      batch,
      now: () => loop.nowMs,
      random,
      selfConnects: new SelfConnects(host.machine),
      logTlvs,
      lingerMs,
    };
    tell({ news: 'ready' });
  }

  turn(): boolean {
    const { state, worker } = this.#host.data;
    this.#loop.turn();
    state.busyMs[worker] = this.#busyBefore + this.#loop.busyMs;
    return this.#isRunning;
  }

  close(): void {
    this.#parts.pipes.stop();
    this.#loop.stop();
    this.#parts.descriptors.closed(this.#loop.fd);
  }

  /** Obeys one order; everything that it closes is closed before it is answered. True if there may be another. */
  #obeyNext(): boolean {
    const order = this.#host.nextOrder();
    if (order === undefined) return false;
    this.#obey(order);
    return true;
  }

  #obey(order: Order): void {
    switch (order.do) {
      case 'apply':
        this.#apply(order.listeners, order.unchanged);
        break;
      case 'drain':
        // Done once the last session has ended.
        this.#drain(order.order, order.isTakenOver);
        return;
      case 'abort':
        this.#abort(order.reason);
        break;
      case 'sessions':
        this.#host.tell({
          news: 'done',
          order: order.order,
          sessions: sessionInfos(this.#acceptors(), order.limit),
        });
        return;
      case 'ping':
        break;
      case 'exit':
        this.#context.batch.flush();
        this.#isRunning = false;
        break;
    }
    this.#host.tell({ news: 'done', order: order.order });
  }

  #apply(wanted: readonly PostedListener[], unchanged: readonly number[]): void {
    const kept = new Set([...unchanged, ...wanted.map(({ plan }) => plan.id)]);
    for (const id of this.#listeners.keys()) if (!kept.has(id)) this.#leave(id);
    for (const posted of wanted) this.#follow(posted);
    for (const acceptor of this.#acceptors()) {
      const known = this.#listeners.get(acceptor.rules.plan.id)?.[0]?.rules.known;
      if (known) acceptor.endGone(known);
    }
  }

  #follow({ plan: posted, snapshot, fds, port, shared }: PostedListener): void {
    // The message's own object: a copy of each listener's plan would have a hidden class of its own, larger than the plan.
    const plan = Object.assign(posted, { snapshot: unpackSnapshot(snapshot) });
    const current = this.#listeners.get(plan.id);
    const rules = new ListenerRules(plan, this.#context, current?.[0]?.rules);
    if (fds.length === 0) {
      for (const acceptor of current ?? []) acceptor.change(rules);
      return;
    }
    this.#leave(plan.id);
    const fault = (message: string, errno: string) =>
      this.#host.tell({ news: 'fault', listener: plan.name, message, errno });
    this.#listeners.set(
      plan.id,
      fds.map((fd) => new Acceptor(this.#parts, { fd, port, shared }, rules, fault)),
    );
  }

  #drain(order: number, isTakenOver: boolean): void {
    for (const id of this.#listeners.keys()) this.#leave(id, isTakenOver);
    this.#draining.push(order);
    this.#checkDrained();
  }

  #abort(reason: CloseReason): void {
    for (const acceptor of this.#acceptors()) acceptor.abort(reason);
  }

  #leave(id: number, isTakenOver = false): void {
    const acceptors = this.#listeners.get(id) ?? [];
    this.#listeners.delete(id);
    for (const acceptor of acceptors) {
      this.#leaving.add(acceptor);
      acceptor.leave(() => {
        this.#leaving.delete(acceptor);
        this.#checkDrained();
      }, isTakenOver);
    }
  }

  #acceptors(): Acceptor[] {
    return [...this.#leaving, ...[...this.#listeners.values()].flat()];
  }

  #checkDrained(): void {
    if (this.#leaving.size > 0 || this.#draining.length === 0) return;
    this.#context.batch.flush();
    const orders = this.#draining;
    this.#draining = [];
    for (const order of orders) this.#host.tell({ news: 'done', order });
  }
}
