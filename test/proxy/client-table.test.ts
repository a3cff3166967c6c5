import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import test from 'ava';
import fc from 'fast-check';
import { parseIp } from '../../src/address/ip.ts';
import { clientTableCells } from '../../src/proxy/client-entries.ts';
import { ClientTable, REFUSED } from '../../src/proxy/client-table.ts';
import type { HammerOrder } from './client-table-worker.ts';

/** Cells of one bucket, which holds so many clients. */
const BUCKET = 64;
const ENTRIES = 7;

const ip = (text: string) => parseIp(text)!;
const cellsFor = (clients: number) => new Int32Array(new SharedArrayBuffer(4 * clientTableCells(clients)));

function create(clients = 100, seed = 7): ClientTable {
  return new ClientTable(cellsFor(clients), seed);
}

const ONE = ip('192.0.2.1');
const OTHER = ip('192.0.2.2');

test('a client gets as many sessions as the limit, and not one more', (t) => {
  const table = create();
  const held = Array.from({ length: 4 }, () => table.acquire(0, ONE, 3));
  t.true(held[0]! > 0);
  t.deepEqual(held, [held[0], held[0], held[0], REFUSED]);
  t.is(table.sessions(0, ONE), 3);
});

test('a session that ended makes room for the next one of its client', (t) => {
  const table = create();
  table.release(table.acquire(0, ONE, 1));
  t.is(table.sessions(0, ONE), 0);
  t.true(table.acquire(0, ONE, 1) > 0);
  t.is(table.acquire(0, ONE, 1), REFUSED);
});

test('clients do not use up each other’s sessions', (t) => {
  const table = create();
  const one = table.acquire(0, ONE, 1);
  t.true(one > 0);
  t.true(table.acquire(0, OTHER, 1) > 0);
  table.release(one);
  t.deepEqual([table.sessions(0, ONE), table.sessions(0, OTHER)], [0, 1]);
});

test('listeners count a client apart, though it lies in the same bucket', (t) => {
  const table = create(1);
  t.true(table.acquire(0, ONE, 1) > 0);
  const second = table.acquire(1, ONE, 1);
  t.true(second > 0);
  table.release(second);
  t.deepEqual([table.sessions(0, ONE), table.sessions(1, ONE)], [1, 0]);
});

test('an IPv4 client and its v4-mapped form are one client', (t) => {
  const table = create();
  const entry = table.acquire(0, ONE, 9);
  t.is(table.acquire(0, ip('::ffff:192.0.2.1'), 9), entry);
  t.is(table.sessions(0, ONE), 2);
  t.is(table.sessions(0, ip('::192.0.2.1')), 0);
  table.release(entry);
  table.release(entry);
  t.is(table.sessions(0, ONE), 0);
});

test('every bit of an address tells clients apart', (t) => {
  const base = ip('2001:db8:1234:5678:9abc:def0:1234:5678');
  const table = create(1000);
  table.acquire(0, base, 1);
  for (let bit = 0; bit < 128; bit++) {
    const client = base.slice();
    client[bit >> 3]! ^= 1 << (bit & 7);
    t.is(table.sessions(0, client), 0, `${bit}`);
    t.not(table.acquire(0, client, 1), REFUSED, `${bit}`);
  }
});

test('a release of what nobody counted changes nothing', (t) => {
  const cells = cellsFor(1);
  const table = new ClientTable(cells, 7);
  table.acquire(0, ONE, 1);
  const before = cells.slice();
  for (const entry of [0, REFUSED]) table.release(entry);
  t.deepEqual(cells, before);
  t.is(table.sessions(0, ONE), 1);
  t.is(table.sessions(0, OTHER), 0);
});

test('a limit that was lowered lets nobody in until enough sessions have ended', (t) => {
  const table = create();
  const held = Array.from({ length: 3 }, () => table.acquire(0, ONE, 3));
  table.release(held.pop()!);
  t.is(table.acquire(0, ONE, 2), REFUSED);
  table.release(held.pop()!);
  t.true(table.acquire(0, ONE, 2) > 0);
});

test('a table has no cell for no client, room for twice the clients else, and a bound', (t) => {
  t.deepEqual([clientTableCells(0), clientTableCells(-1)], [0, 0]);
  for (const clients of [1, 7, 100, 8000, 1 << 20]) {
    const buckets = clientTableCells(clients) / BUCKET;
    t.true(Number.isInteger(Math.log2(buckets)), `${clients}`);
    t.true(
      buckets * ENTRIES >= 2 * clients && buckets <= Math.max((4 * clients) / ENTRIES + 2, 1),
      `${clients}`,
    );
  }
  t.is(clientTableCells(1e9), clientTableCells(1 << 20));
});

/** Neighbours, as clients of one network are: what a weak hash would put into one bucket. */
function neighbours(count: number, base: Uint8Array, stepAt: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const client = base.slice();
    client[stepAt - 1] = index >> 8;
    client[stepAt] = index;
    return client;
  });
}

const NETWORKS = [
  { name: 'neighbours of IPv4', base: ip('10.1.0.0'), stepAt: 3 },
  { name: 'networks of IPv4', base: ip('10.0.0.1'), stepAt: 2 },
  { name: 'neighbours of IPv6', base: ip('2001:db8::'), stepAt: 15 },
  { name: 'networks of IPv6', base: ip('2001:db8::1'), stepAt: 7 },
];

for (const { name, base, stepAt } of NETWORKS) {
  test(`a table made for 5,000 clients counts nearly all of 5,000 ${name}`, (t) => {
    for (const seed of [0, 1, 0x7fffffff]) {
      const table = create(5000, seed);
      const clients = neighbours(5000, base, stepAt);
      for (const client of clients) t.not(table.acquire(0, client, 1), REFUSED);
      const uncounted = clients.filter((client) => table.sessions(0, client) === 0).length;
      // By chance alone 1 of 500 finds its bucket full, with 2.4 of 7 entries taken on average.
      t.true(uncounted <= 5000 / 200, `${uncounted} with seed ${seed}`);
    }
  });
}

test('where a client lies is not known without the seed', (t) => {
  const bucketOf = (seed: number) => {
    const cells = cellsFor(10_000);
    new ClientTable(cells, seed).acquire(0, ONE, 1);
    return Math.floor(cells.findIndex((cell) => cell !== 0) / BUCKET);
  };
  const buckets = new Set(Array.from({ length: 100 }, (_, seed) => bucketOf(seed)));
  t.true(buckets.size > 80, `${buckets.size}`);
  t.is(bucketOf(3), bucketOf(3));
});

test('a client whose bucket is full of others is let in uncounted, and leaves without a trace', (t) => {
  const cells = cellsFor(1);
  t.is(cells.length, BUCKET);
  const table = new ClientTable(cells, 7);
  const clients = neighbours(ENTRIES + 1, ip('10.1.0.0'), 3);
  const late = clients.pop()!;
  const entries = clients.map((client) => table.acquire(0, client, 1));
  t.true(entries.every((entry) => entry > 0));
  t.is(new Set(entries).size, ENTRIES);
  const uncounted = Array.from({ length: 3 }, () => table.acquire(0, late, 1));
  t.deepEqual(uncounted, [0, 0, 0]);
  t.is(table.sessions(0, late), 0);
  for (const entry of uncounted) table.release(entry);
  for (const client of clients) {
    t.is(table.sessions(0, client), 1);
    t.is(table.acquire(0, client, 1), REFUSED);
  }
  table.release(entries[3]!);
  t.is(table.acquire(0, late, 1), entries[3]!);
  t.is(table.sessions(0, late), 1);
  t.is(table.acquire(0, late, 1), REFUSED);
});

test('two workers over the same cells count as a map would, whoever comes and goes', (t) => {
  // At most 6 clients by 1 listener: the smallest table has an entry for each.
  const clients = ['192.0.2.1', '::ffff:192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2', '::'].map(ip);
  const step = fc.record({
    comes: fc.boolean(),
    worker: fc.nat(1),
    client: fc.nat(clients.length - 1),
    limit: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.nat(), fc.nat(3), (steps, seed, listener) => {
      const cells = cellsFor(1);
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

test('threads that hammer one table never exceed the limit and leave nothing behind', async (t) => {
  const threads = 3;
  const shared = (cells: number) => new Int32Array(new SharedArrayBuffer(4 * cells));
  const order: HammerOrder = {
    // One bucket, so that all threads want the same lock.
    cells: cellsFor(1),
    seed: 7,
    clients: [ONE, OTHER],
    limit: 60,
    rounds: 20_000,
    burst: 30,
    gate: shared(1),
    threads,
    open: shared(2),
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
  t.is(order.cells[0], 0);
});
