import { parentPort, workerData } from 'node:worker_threads';
import { ClientTable, REFUSED } from '../../src/shared-memory/client-table.ts';

/** What one thread of the test is to do; all arrays lie in shared memory. */
export interface HammerOrder {
  readonly cells: Int32Array;
  readonly seed: number;
  readonly clients: readonly Uint8Array[];
  readonly limit: number;
  readonly rounds: number;
  /** Sessions that a thread asks for in a row, before it gives them back. */
  readonly burst: number;
  /** Cell 0: threads that are ready; all begin together. */
  readonly gate: Int32Array;
  readonly threads: number;
  /** Sessions of each client that the test knows to be open. */
  readonly open: Int32Array;
}

const { cells, seed, clients, limit, rounds, burst, gate, threads, open } = workerData as HammerOrder;
const table = new ClientTable(cells, seed);
let granted = 0;
let most = 0;

Atomics.add(gate, 0, 1);
while (Atomics.load(gate, 0) < threads && Atomics.load(gate, 0) >= 0);

for (let round = 0; round < rounds; round++) {
  const at = round % clients.length;
  const client = clients[at]!;
  const held: number[] = [];
  for (let call = 0; call < burst; call++) {
    const entry = table.acquire(0, client, limit);
    if (entry === REFUSED) continue;
    held.push(entry);
    most = Math.max(most, Atomics.add(open, at, 1) + 1);
  }
  granted += held.length;
  for (const entry of held) {
    Atomics.sub(open, at, 1);
    table.release(entry);
  }
}

// Who waits for the gate's cell to change is told that this thread went through.
Atomics.store(gate, 0, -1);
Atomics.notify(gate, 0);
parentPort!.postMessage({ granted, most });
