import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import fc from 'fast-check';
import { ClientTable, REFUSED } from '../../src/shared-memory/client-table.ts';
import { cellsFor, ip, neighbours } from './client-addresses.ts';
import type { HammerOrder } from './client-table-worker.ts';

const ENTRIES = 7;

const ONE = ip('192.0.2.1');

test('two workers over the same cells count as a map would, whoever comes and goes', (t) => {
  // At most 13 clients by 1 listener: the table has an entry for each, in two buckets.
  const few = ['192.0.2.1', '::ffff:192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2', '::'].map(ip);
  const clients = [...few, ...neighbours(8, ip('10.1.0.0'), 3)];
  const step = fc.record({
    comes: fc.boolean(),
    worker: fc.nat(1),
    client: fc.nat(clients.length - 1),
    limit: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.nat(), fc.nat(3), (steps, seed, listener) => {
      const cells = cellsFor(ENTRIES);
      const workers = [new ClientTable(cells, seed), new ClientTable(cells, seed)];
      const oracle = new Map<string, number[]>();
      const nameOf = (client: number) => `${client < 2 ? 'the first' : client}`;
      for (const { comes, worker, client, limit } of steps) {
        const name = nameOf(client);
        const open = oracle.get(name) ?? [];
        oracle.set(name, open);
        if (comes) {
          const entry = workers[worker]!.acquire(listener, clients[client]!, limit);
          t.is(entry !== REFUSED, open.length < limit);
          t.not(entry, 0);
          if (entry !== REFUSED) open.push(entry);
          // As long as it has a session a client has one entry.
          t.true(new Set(open).size <= 1);
        } else if (open.length > 0) {
          workers[worker]!.release(open.pop()!);
        }
        for (const [index, each] of clients.entries()) {
          t.is(workers[1 - worker]!.sessions(listener, each), oracle.get(nameOf(index))?.length ?? 0);
        }
      }
      for (const entry of [...oracle.values()].flat()) workers[0]!.release(entry);
      // All gone: the table is as empty as it began, but for addresses that name nobody.
      for (const each of clients) t.is(workers[0]!.sessions(listener, each), 0);
      t.is(cells.filter((cell, at) => at % 8 === 4 && cell !== 0).length, 0);
      t.is(cells[1], 0);
    }),
  );
});

test('while one thread holds a bucket another waits for it, and then finds what the first one left', async (t) => {
  const cells = cellsFor(1);
  const table = new ClientTable(cells, 7);
  table.acquire(0, ONE, 1);
  // Cell 0 is the lock. Held here, as by a thread in the middle of a change.
  Atomics.store(cells, 0, 1);
  const gate = new Int32Array(new SharedArrayBuffer(8));
  const order: HammerOrder = {
    cells,
    seed: 7,
    clients: [ONE],
    limit: 1,
    rounds: 1,
    burst: 1,
    gate,
    threads: 1,
    open: gate.subarray(1),
  };
  const worker = new Worker(new URL('./client-table-worker.js', import.meta.url), { workerData: order });
  const answer = once(worker, 'message');
  while (Atomics.load(gate, 0) === 0) await new Promise((resolve) => setImmediate(resolve));
  t.is(Atomics.wait(gate, 0, 1, 50), 'timed-out');
  Atomics.store(cells, 0, 0);
  t.deepEqual(await answer, [{ granted: 0, most: 0 }]);
  await worker.terminate();
  t.is(table.sessions(0, ONE), 1);
});

for (const [where, crowd] of [
  ['of one bucket', 2],
  ['of which some have spilled', 12],
] as const) {
  test(`threads that hammer clients ${where} never exceed the limit and leave nothing behind`, async (t) => {
    const threads = 3;
    const clients = neighbours(crowd, ip('10.1.0.0'), 3);
    const shared = (cells: number) => new Int32Array(new SharedArrayBuffer(4 * cells));
    const order: HammerOrder = {
      // One home, so that all threads want the same lock.
      cells: cellsFor(crowd > ENTRIES ? ENTRIES : 1),
      seed: 7,
      clients,
      limit: 60,
      rounds: 10_000,
      burst: 30,
      gate: shared(1),
      threads,
      open: shared(crowd),
    };
    const table = new ClientTable(order.cells, order.seed);
    // Each client has one session all the time: an update that is lost is never made good by a fresh start.
    const entries = order.clients.map((client, index) => {
      order.open[index] = 1;
      return table.acquire(0, client, 1);
    });
    const workers = Array.from(
      { length: threads },
      () => new Worker(new URL('./client-table-worker.js', import.meta.url), { workerData: order }),
    );
    const results = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
    await Promise.all(workers.map((worker) => worker.terminate()));
    t.is(results.length, threads);
    for (const { granted, most } of results) {
      t.true(granted > 0);
      t.true(most <= order.limit, `${most}`);
    }
    for (const [index, client] of order.clients.entries()) {
      t.is(table.sessions(0, client), 1);
      table.release(entries[index]!);
      t.is(table.sessions(0, client), 0);
    }
    t.true(order.cells.every((cell, at) => at % 8 !== 4 || cell === 0));
    t.deepEqual([order.cells[0], order.cells[1]], [0, 0]);
  });
}
