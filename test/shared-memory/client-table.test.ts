import test from 'ava';
import fc from 'fast-check';
import { clientTableCells } from '../../src/shared-memory/client-entries.ts';
import { ClientTable, NO_ROOM, REFUSED } from '../../src/shared-memory/client-table.ts';
import { cellsFor, ip, neighbours } from './client-addresses.ts';

/** Cells of one bucket, which holds so many clients. */
const BUCKET = 64;
const ENTRIES = 7;

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

const NETWORKS = [
  { name: 'neighbours of IPv4', base: ip('10.1.0.0'), stepAt: 3 },
  { name: 'networks of IPv4', base: ip('10.0.0.1'), stepAt: 2 },
  { name: 'neighbours of IPv6', base: ip('2001:db8::'), stepAt: 15 },
  { name: 'networks of IPv6', base: ip('2001:db8::1'), stepAt: 7 },
];

for (const { name, base, stepAt } of NETWORKS) {
  test(`a table made for 5,000 clients counts each of 5,000 ${name}`, (t) => {
    for (const key of [0, 1, 0x7fffffff]) {
      const table = create(5000, key);
      const clients = neighbours(5000, base, stepAt);
      // 18 of 10,000 find their bucket full, with 2.8 of 7 entries taken on average, and have an entry elsewhere.
      const entries = clients.map((client) => table.acquire(0, client, 1));
      t.true(entries.every((entry) => entry > 0));
      for (const client of clients) t.is(table.acquire(0, client, 1), REFUSED);
      for (const entry of entries) table.release(entry);
      for (const client of clients) t.is(table.sessions(0, client), 0);
    }
  });
}

/**
 * Sixteen addresses of one /64 that a hash of multiplications, which begins with its secret and ends with its low bits,
 * puts into one bucket whatever the secret is: their differences are in bits that never come down there, or cancel out.
 */
const AIMED = [0, 0x80000000].flatMap((third) =>
  Array.from({ length: 8 }, (_, top) => {
    const words = [0x20010db8, 0, third, ((top << 29) ^ (third === 0 ? 0 : 0x80010000)) >>> 0];
    return Uint8Array.from(
      words.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]),
    );
  }),
);

test('addresses that are aimed at one bucket lie in many, and each is limited', (t) => {
  t.is(new Set(AIMED.map(String)).size, 16);
  for (let key = 0; key < 200; key++) {
    const table = create(2000, key);
    const entries = AIMED.map((client) => table.acquire(0, client, 1));
    t.true(entries.every((entry) => entry > 0));
    t.true(new Set(entries.map((entry) => Math.floor(entry / BUCKET))).size >= 12);
    for (const client of AIMED) t.is(table.acquire(0, client, 1), REFUSED);
  }
});

test('of a bucket that is full a client has its entry elsewhere, is limited there, and leaves no trace', (t) => {
  // Two buckets: the home of all, and the one that they spill to.
  const cells = cellsFor(ENTRIES);
  t.is(cells.length, 2 * BUCKET);
  const table = new ClientTable(cells, 7);
  const clients = neighbours(2 * ENTRIES, ip('10.1.0.0'), 3);
  const entries = clients.map((client) => table.acquire(0, client, 2));
  t.is(new Set(entries).size, 2 * ENTRIES);
  t.is(table.acquire(0, ONE, 1), NO_ROOM);
  for (const [index, client] of clients.entries()) {
    t.is(table.acquire(0, client, 2), entries[index]!);
    t.is(table.acquire(0, client, 2), REFUSED);
    t.is(table.sessions(0, client), 2);
  }
  // Room at home is not for one that lies elsewhere already: it would be counted twice.
  for (let session = 0; session < 2; session++) table.release(entries[0]!);
  const last = clients.at(-1)!;
  t.is(table.acquire(0, last, 2), REFUSED);
  table.release(entries.at(-1)!);
  t.is(table.acquire(0, last, 2), entries.at(-1)!);
  for (const entry of entries.slice(1)) for (let session = 0; session < 2; session++) table.release(entry);
  // But for addresses that name nobody it is as it was made.
  t.true(cells.every((cell, at) => cell === 0 || (at % BUCKET >= 8 && at % 8 < 4)));
});

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

test('a client that the table has no room for is not let in, for it would have no limit', (t) => {
  const cells = cellsFor(1);
  t.is(cells.length, BUCKET);
  const table = new ClientTable(cells, 7);
  const clients = neighbours(ENTRIES + 1, ip('10.1.0.0'), 3);
  const late = clients.pop()!;
  const entries = clients.map((client) => table.acquire(0, client, 1));
  t.true(entries.every((entry) => entry > 0));
  t.is(new Set(entries).size, ENTRIES);
  const uncounted = Array.from({ length: 3 }, () => table.acquire(0, late, 1));
  t.deepEqual(uncounted, [NO_ROOM, NO_ROOM, NO_ROOM]);
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

test('addresses of one prefix are one client, and others are not', (t) => {
  const table = new ClientTable(cellsFor(100), 7, { v4: 24, v6: 64 });
  t.true(table.acquire(0, ip('2001:db8::1'), 2) > 0);
  t.true(table.acquire(0, ip('2001:db8::ffff:ffff:ffff:ffff'), 2) > 0);
  t.is(table.acquire(0, ip('2001:db8::2'), 2), REFUSED);
  t.true(table.acquire(0, ip('2001:db8:0:1::1'), 1) > 0);
  t.true(table.acquire(0, ip('192.0.2.1'), 1) > 0);
  t.is(table.acquire(0, ip('192.0.2.200'), 1), REFUSED);
  t.is(table.acquire(0, ip('::ffff:192.0.2.77'), 1), REFUSED);
  t.true(table.acquire(0, ip('192.0.3.1'), 1) > 0);
  t.is(table.sessions(0, ip('2001:db8::77')), 2);
});

test('a v4-mapped address is IPv4 whatever the prefix of IPv6 is', (t) => {
  const table = new ClientTable(cellsFor(100), 7, { v4: 32, v6: 0 });
  t.true(table.acquire(0, ip('::ffff:192.0.2.1'), 1) > 0);
  t.true(table.acquire(0, ip('::ffff:192.0.2.2'), 1) > 0);
  t.true(table.acquire(0, ip('::1'), 1) > 0);
  t.is(table.acquire(0, ip('2001:db8::1'), 1), REFUSED);
});

test('any prefix groups as its leading bits do', (t) => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  );
  const run = fc.record({ one: bytes, bit: fc.nat(127), v4: fc.nat(32), v6: fc.nat(128) });
  fc.assert(
    fc.property(run, ({ one, bit, v4, v6 }) => {
      const at = bit % (one.length * 8);
      const other = one.slice();
      other[at >> 3]! ^= 0x80 >> (at & 7);
      const table = new ClientTable(cellsFor(100), 7, { v4, v6 });
      t.true(table.acquire(0, one, 1) > 0);
      t.is(table.acquire(0, other, 1) === REFUSED, at >= (one.length === 4 ? v4 : v6));
    }),
  );
});

test('a session that was counted by another prefix is taken back as it was counted', (t) => {
  const cells = cellsFor(100);
  const [before, after] = [new ClientTable(cells, 7, { v4: 24, v6: 64 }), new ClientTable(cells, 7)];
  const held = [before.acquire(0, ONE, 9), before.acquire(0, OTHER, 9), after.acquire(0, ONE, 9)];
  t.is(after.sessions(0, ONE), 1);
  for (const entry of held) after.release(entry);
  t.true(cells.every((cell, at) => at % 8 !== 4 || cell === 0));
});
