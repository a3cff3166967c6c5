import { parentPort, workerData } from 'node:worker_threads';
import { CONTROL, type LoadNews, type LoadWorkerData } from './load-messages.ts';
import { NetSockets } from './net-sockets.ts';
import { createClients } from './played-clients.ts';
import { runPhase } from './run-phase.ts';
import type { Sockets } from './sockets.ts';

// One thread of a run: it makes its sockets, says that it is ready, waits for the start, and plays its share.

const data = workerData as LoadWorkerData;
const { plan, thread, phases, intervalUs, control, start } = data;
const tell = (news: LoadNews): void => parentPort!.postMessage(news);
/** With a header before it, less than a segment of any network. */
const SMALL_BYTES = 512;

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
    // The first time that its endpoint is asked.
    givesUp: number < plan.endpoints.length,
  });
  tell({ news: 'ended', phase: number, end });
  if (end.refused) Atomics.store(control, CONTROL.STOP, 1);
}
sockets.stop();

async function createSockets(): Promise<Sockets> {
  // One message that waits for its answer is never held back, and a call a connection is saved.
  const noDelay = plan.payloadBytes > SMALL_BYTES || plan.work === 'slow';
  const options = { pourBytes: plan.payloadBytes, noDelay };
  if (data.sockets === 'net') return new NetSockets(options);
  // Loaded here and not before: elsewhere there is no libc of Linux.
  const { EpollSockets } = await import('./epoll-sockets.ts');
  return new EpollSockets(options);
}
