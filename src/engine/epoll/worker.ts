import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { Loop } from '../../loop/loop.ts';
import { Alarm } from '../../loop/timer-wheel.ts';
import type { SessionInfo } from '../../plan/engine.ts';
import { ListenerRules, type WorkerContext } from '../../session/listener-rules.ts';
import { SessionIds } from '../../session/session-ids.ts';
import { WaitingLines } from '../../session/waiting-lines.ts';
import { monotonicMs } from '../../shared-memory/monotonic-clock.ts';
import { RecordBatch } from '../../shared-memory/record-batch.ts';
import { DescriptorTable } from '../threads/descriptor-table.ts';
import { unpackSnapshot } from '../threads/packed-snapshot.ts';
import type { News, Order, PostedListener, WorkerData } from '../threads/worker-messages.ts';
import { Acceptor } from './acceptor.ts';
import { PipePool } from './pipe-pool.ts';
import { createReadBuffer } from './read-buffer.ts';
import type { WorkerParts } from './worker-parts.ts';

/** How long records wait for company, in milliseconds. */
const BATCH_MS = 50;

const data = workerData as WorkerData;
const tell = (news: News): void => parentPort!.postMessage(news);

let running = true;
const busyBefore = data.state.busyMs[data.worker]!;
const descriptors = new DescriptorTable(data.descriptors);
const loop = new Loop({
  now: monotonicMs,
  wakeFd: data.wakeFd,
  woken: takeOrder,
  closed: (fd) => descriptors.closed(fd),
});
descriptors.opened(loop.fd);
const parts: WorkerParts = {
  loop,
  buffer: createReadBuffer(),
  pipes: new PipePool(data.state.workers, descriptors),
  descriptors,
  lines: new WaitingLines((ms, run) => loop.timers.set(new Alarm(run), loop.nowMs + ms)),
};
const flushTimer = new Alarm(() => context.batch.flush());
const batch = new RecordBatch(
  {
    records: (records, dropped) => tell({ news: 'records', records, dropped }),
    fault: () => {},
  },
  () => loop.timers.set(flushTimer, loop.nowMs + BATCH_MS),
);
const context: WorkerContext = {
  state: data.state,
  worker: data.worker,
  ids: new SessionIds(data.idPrefix),
  batch,
  now: () => loop.nowMs,
  random: Math.random,
  logTlvs: data.logTlvs,
  lingerMs: data.lingerMs,
};

const listeners = new Map<number, Acceptor>();
/** Closed listeners that have sessions left. */
const leaving = new Set<Acceptor>();
const draining: number[] = [];

tell({ news: 'ready' });
while (running) {
  loop.turn();
  data.state.busyMs[data.worker] = busyBefore + loop.busyMs;
}
parts.pipes.stop();
loop.stop();
descriptors.closed(loop.fd);

/** One at a time: who is answered may count on it that what was closed before is closed. */
function takeOrder(): boolean {
  const message = receiveMessageOnPort(data.orders);
  if (message === undefined) return false;
  obey(message.message as Order);
  return true;
}

function obey(order: Order): void {
  switch (order.do) {
    case 'apply':
      apply(order.listeners, order.unchanged);
      break;
    case 'drain':
      for (const listener of listeners.values()) leave(listener);
      listeners.clear();
      draining.push(order.order);
      checkDrained();
      return;
    case 'abort':
      for (const listener of [...listeners.values(), ...leaving]) listener.abort(order.reason);
      break;
    case 'sessions':
      tell({ news: 'done', order: order.order, sessions: sessionInfos(order.limit) });
      return;
    case 'ping':
      break;
    case 'exit':
      context.batch.flush();
      running = false;
      break;
  }
  tell({ news: 'done', order: order.order });
}

function apply(wanted: readonly PostedListener[], unchanged: readonly number[]): void {
  const kept = new Set([...unchanged, ...wanted.map(({ plan }) => plan.id)]);
  for (const [id, listener] of listeners) {
    if (kept.has(id)) continue;
    listeners.delete(id);
    leave(listener);
  }
  for (const { snapshot, fd, port, ...rest } of wanted) {
    const plan = { ...rest.plan, snapshot: unpackSnapshot(snapshot) };
    const current = listeners.get(plan.id);
    const rules = new ListenerRules(plan, context, current?.rules);
    if (fd < 0) {
      // A thread that has just replaced another does not know it yet: its full list is on its way.
      current?.change(rules);
      continue;
    }
    if (current !== undefined) leave(current);
    const fault = (message: string, errno: string) =>
      tell({ news: 'fault', listener: plan.name, message, errno });
    listeners.set(plan.id, new Acceptor(parts, fd, port, rules, fault));
  }
  for (const listener of [...leaving, ...listeners.values()]) {
    const known = listeners.get(listener.rules.plan.id)?.rules.known;
    if (known) listener.endGone(known);
  }
}

function leave(listener: Acceptor): void {
  leaving.add(listener);
  listener.leave(() => {
    leaving.delete(listener);
    checkDrained();
  });
}

function checkDrained(): void {
  if (leaving.size > 0 || draining.length === 0) return;
  context.batch.flush();
  for (const order of draining.splice(0)) tell({ news: 'done', order });
}

function sessionInfos(limit: number): SessionInfo[] {
  const infos: SessionInfo[] = [];
  for (const listener of [...leaving, ...listeners.values()]) {
    for (const { session } of listener.sessions) {
      if (infos.length >= limit) return infos;
      infos.push(session.info());
    }
  }
  return infos;
}
