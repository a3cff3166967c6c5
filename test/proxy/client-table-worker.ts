import { parentPort, workerData } from 'node:worker_threads';
import { ClientTable } from '../../src/proxy/client-table.ts';

/** What one thread of the test is to do; all arrays lie in shared memory. */
export interface HammerOrder {
  readonly cells: Int32Array;
  readonly seed: number;
  readonly clients: readonly Uint8Array[];
  readonly limit: number;
  readonly rounds: number;
  /** Cell 0: threads that are ready; all begin together. */
  readonly gate: Int32Array;
  readonly threads: number;
  /** Sessions of each client that the test knows to be open. */
  readonly open: Int32Array;
}

const { cells, seed, clients, limit, rounds, gate, threads, open } = workerData as HammerOrder;
const table = new ClientTable(cells, seed);
let granted = 0;
let most = 0;

Atomics.add(gate, 0, 1);
while (Atomics.load(gate, 0) < threads);

for (let round = 0; round < rounds; round++) {
  const client = round % clients.length;
  if (!table.acquire(0, clients[client]!, limit)) continue;
  granted++;
  most = Math.max(most, Atomics.add(open, client, 1) + 1);
  Atomics.sub(open, client, 1);
  table.release(0, clients[client]!);
}

parentPort!.postMessage({ granted, most });
