import { parentPort, workerData } from 'node:worker_threads';
import { CONTROL, type LoadNews, type LoadWorkerData } from './load-messages.ts';
import { NetSockets } from './net-sockets.ts';
import { createClients } from './played-clients.ts';
import { runPhase } from './run-phase.ts';
import type { Sockets } from './sockets.ts';

// One thread of a run: creates its sockets, reports that it is ready, waits for the start, and plays its phases.

const data = workerData as LoadWorkerData;
const { plan, thread, phases, intervalUs, control, start } = data;
const tell = (news: LoadNews): void => parentPort!.postMessage(news);
/** With a header in front, still less than a segment of any network. */
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
    // Only in the first phase of an endpoint.
    givesUp: number < plan.endpoints.length,
  });
  tell({ news: 'ended', phase: number, end });
  if (end.refused) Atomics.store(control, CONTROL.STOP, 1);
}
sockets.stop();

async function createSockets(): Promise<Sockets> {
  // Nagle's algorithm never delays a single small message that waits for its answer; this saves a system call.
  const noDelay = plan.payloadBytes > SMALL_BYTES || plan.work === 'slow';
  const options = { pourBytes: plan.payloadBytes, noDelay };
  if (data.sockets === 'net') return new NetSockets(options);
  // Imported on demand: libc is loaded on Linux only.
  const { EpollSockets } = await import('./epoll-sockets.ts');
  return new EpollSockets(options);
}
