import { parentPort, workerData } from 'node:worker_threads';
import { createClients } from './clients.ts';
import { CONTROL, type LoadNews, type WorkerData } from './messages.ts';
import { NetSockets } from './net-sockets.ts';
import { runPhase } from './run-phase.ts';
import type { Sockets } from './sockets.ts';

// One thread of a run: it makes its sockets, says that it is ready, waits for the start, and plays its share.

const data = workerData as WorkerData;
const { plan, thread, phases, intervalUs, control, start } = data;
const tell = (news: LoadNews): void => parentPort!.postMessage(news);
const stopped = (): boolean => Atomics.load(control, CONTROL.STOP) === 1;

const sockets = await createSockets();
const nextClient = plan.clients.length === 0 ? null : createClients(plan.clients, thread, plan.threads);
tell({ news: 'ready' });
Atomics.wait(control, CONTROL.GO, 0);
for (const [number, phase] of phases.entries()) {
  if (stopped()) break;
  const end = await runPhase({
    plan,
    thread,
    phase,
    startUs: start[0]!,
    intervalUs,
    sockets,
    nextClient,
    stopped,
    report: (interval, batch) => tell({ news: 'batch', phase: number, interval, batch }),
    random: Math.random,
  });
  tell({ news: 'ended', phase: number, end });
}
sockets.stop();

async function createSockets(): Promise<Sockets> {
  if (data.sockets === 'net') return new NetSockets(plan.payloadBytes);
  // Loaded here and not before: elsewhere there is no libc of Linux.
  const { EpollSockets } = await import('./epoll-sockets.ts');
  return new EpollSockets(plan.payloadBytes);
}
