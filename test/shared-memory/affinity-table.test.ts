import test from 'ava';
import fc from 'fast-check';
import { parseIp } from '../../src/address/ip.ts';
import { NO_SLOT } from '../../src/endpoints/pool.ts';
import { AffinityTable } from '../../src/shared-memory/affinity-table.ts';
import { ClientTable } from '../../src/shared-memory/client-table.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';

const ip = (text: string) => parseIp(text)!;
const ONE = ip('192.0.2.1');
const OTHER = ip('192.0.2.2');
const MINUTE = 60_000;
/** Times are exact to this. */
const TICK_MS = 64;
/** A day in 2026: what the clock of a worker says. */
const NOW = 1_800_000_000_000;

function createTable(clients = 100) {
  const state = createSharedState({ workers: 2, listeners: 2, clients, seed: 7 });
  return {
    state,
    limits: new ClientTable(state.clients, state.seed),
    affinity: (affinityMs = MINUTE, listener = 0) => new AffinityTable(state, listener, affinityMs),
  };
}

test('a client of which nothing is known has no endpoint', (t) => {
  t.is(createTable().affinity().recall(ONE, NOW), NO_SLOT);
});

test('A1: a client is known by its address alone, on each listener apart', (t) => {
  const { affinity } = createTable();
  affinity().remember(ONE, 0, NOW);
  affinity(MINUTE, 1).remember(ONE, 5, NOW);
  t.is(affinity().recall(ip('::ffff:192.0.2.1'), NOW), 0);
  t.is(affinity(MINUTE, 1).recall(ONE, NOW), 5);
  t.is(affinity().recall(OTHER, NOW), NO_SLOT);
});

test('A1: what one worker remembers every other knows', (t) => {
  const { affinity } = createTable();
  affinity().remember(ONE, 65_535, NOW);
  t.is(affinity().recall(ONE, NOW), 65_535);
});

test('A2: a client that comes again within the time stays, and its time begins anew', (t) => {
  const clients = createTable().affinity();
  clients.remember(ONE, 3, NOW);
  for (let come = 1; come <= 5; come++) {
    t.is(clients.recall(ONE, NOW + come * (MINUTE - TICK_MS)), 3);
  }
});

test('A2: a client that was away for longer is forgotten, and not before its time', (t) => {
  const { affinity } = createTable();
  for (const [client, awayMs, slot] of [
    [ONE, MINUTE - TICK_MS, 3],
    [OTHER, MINUTE + TICK_MS, NO_SLOT],
  ] as const) {
    affinity().remember(client, 3, NOW);
    t.is(affinity().recall(client, NOW + awayMs), slot);
    // Being asked for in vain does not bring it back.
    if (slot === NO_SLOT) t.is(affinity().recall(client, NOW + awayMs), slot);
  }
});

test('A2: the longest time is a day, and the shortest still holds a moment', (t) => {
  const { affinity } = createTable();
  affinity(86_400_000).remember(ONE, 1, NOW);
  t.is(affinity(86_400_000).recall(ONE, NOW + 86_300_000), 1);
  affinity(1).remember(OTHER, 2, NOW);
  t.is(affinity(1).recall(OTHER, NOW), 2);
  t.is(affinity(1).recall(OTHER, NOW + 2 * TICK_MS), NO_SLOT);
});

test('the clock of another worker may be a little behind', (t) => {
  const { affinity } = createTable();
  affinity().remember(ONE, 1, NOW);
  t.is(affinity().recall(ONE, NOW - 2 * TICK_MS), 1);
});

test('times stay in order where their 32 bits wrap around', (t) => {
  const clients = createTable().affinity();
  for (const bits of [31, 32, 33]) {
    const wraps = 2 ** bits * TICK_MS;
    clients.remember(ONE, 1, wraps - 1000);
    t.is(clients.recall(ONE, wraps + 1000), 1);
    t.is(clients.recall(ONE, wraps + 1000 + MINUTE + TICK_MS), NO_SLOT);
  }
});

test('A3: an endpoint that could not be used is given up for another', (t) => {
  const clients = createTable().affinity();
  t.is(clients.choose(ONE, 1, NO_SLOT, NOW), 1);
  t.is(clients.choose(ONE, 2, 1, NOW), 2);
  t.is(clients.recall(ONE, NOW), 2);
});

test('of two workers that choose at once the first has chosen for both', (t) => {
  const { affinity } = createTable();
  t.is(affinity().choose(ONE, 1, NO_SLOT, NOW), 1);
  t.is(affinity().choose(ONE, 2, NO_SLOT, NOW), 1);
  t.is(affinity().recall(ONE, NOW), 1);
  // A choice whose time is up binds nobody.
  t.is(affinity().choose(ONE, 2, NO_SLOT, NOW + 2 * MINUTE), 2);
});

test('a client comes to stay where it was connected, whatever was chosen for it', (t) => {
  const clients = createTable().affinity();
  clients.choose(ONE, 1, NO_SLOT, NOW);
  clients.remember(ONE, 7, NOW);
  t.is(clients.recall(ONE, NOW), 7);
});

// ── beside the limits of clients, in the same entries ──

test('sessions are counted as before, whether a client is remembered or not', (t) => {
  const { limits, affinity } = createTable();
  affinity().remember(ONE, 4, NOW);
  const held = [limits.acquire(0, ONE, 2), limits.acquire(0, ONE, 2), limits.acquire(0, ONE, 2)];
  t.is(held[0], held[1]);
  t.is(held[2], -1);
  t.is(limits.sessions(0, ONE), 2);
  limits.release(held[0]!);
  limits.release(held[1]!);
  t.is(limits.sessions(0, ONE), 0);
  // Its last session is over, and it is remembered still.
  t.is(affinity().recall(ONE, NOW), 4);
});

test('a client whose time is up keeps its entry as long as it has sessions', (t) => {
  const { limits, affinity, state } = createTable(1);
  const entry = limits.acquire(0, ONE, 9);
  affinity().remember(ONE, 4, NOW);
  const crowd = Array.from({ length: 50 }, (_, index) => Uint8Array.of(10, 0, 0, index));
  for (const client of crowd) affinity().remember(client, 1, NOW + 2 * MINUTE);
  t.is(limits.sessions(0, ONE), 1);
  t.is(limits.acquire(0, ONE, 9), entry);
  t.is(state.clients.length, 64);
});

test('where its bucket is full that client is forgotten first whose time is up first', (t) => {
  const { affinity } = createTable(1);
  const clients = Array.from({ length: 7 }, (_, index) => Uint8Array.of(10, 0, 0, index));
  for (const [index, client] of clients.entries()) affinity().remember(client, index, NOW + index * 1000);
  // The oldest comes again: it is the youngest now.
  t.is(affinity().recall(clients[0]!, NOW + 7000), 0);
  affinity().remember(ONE, 9, NOW + 8000);
  t.deepEqual(
    [...clients, ONE].map((client) => affinity().recall(client, NOW + 9000)),
    [0, NO_SLOT, 2, 3, 4, 5, 6, 9],
  );
});

test('limits go before memory: a client with sessions takes the entry of one that has none', (t) => {
  const { limits, affinity } = createTable(1);
  for (let index = 0; index < 7; index++) affinity().remember(Uint8Array.of(10, 0, 0, index), 1, NOW + index);
  t.true(limits.acquire(0, ONE, 1) > 0);
  t.is(limits.acquire(0, ONE, 1), -1);
});

test('where all of a bucket have sessions a client goes where it is sent, and is not remembered', (t) => {
  const { limits, affinity } = createTable(1);
  for (let index = 0; index < 7; index++) limits.acquire(0, Uint8Array.of(10, 0, 0, index), 9);
  t.is(affinity().choose(ONE, 3, NO_SLOT, NOW), 3);
  t.is(affinity().recall(ONE, NOW), NO_SLOT);
});

test('whatever comes, a client stays as a map of its last connections would have it', (t) => {
  const clients = [ONE, OTHER, ip('2001:db8::1')];
  const step = fc.record({
    what: fc.constantFrom('recall' as const, 'choose' as const, 'remember' as const),
    client: fc.nat(2),
    slot: fc.nat(3),
    // Multiples of the tick, so that there is nothing to round.
    waitMs: fc.nat(8).map((ticks) => ticks * TICK_MS),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { affinity } = createTable();
      const workers = [affinity(10 * TICK_MS), affinity(10 * TICK_MS)];
      const oracle = new Map<number, { slot: number; lastMs: number }>();
      let nowMs = NOW;
      for (const [turn, { what, client, slot, waitMs }] of steps.entries()) {
        nowMs += waitMs;
        const entry = oracle.get(client);
        const held = entry !== undefined && nowMs - entry.lastMs < 10 * TICK_MS ? entry.slot : NO_SLOT;
        const worker = workers[turn % 2]!;
        const next = what === 'recall' || (what === 'choose' && held !== NO_SLOT) ? held : slot;
        if (what === 'recall') t.is(worker.recall(clients[client]!, nowMs), next);
        else if (what === 'remember') worker.remember(clients[client]!, slot, nowMs);
        else t.is(worker.choose(clients[client]!, slot, NO_SLOT, nowMs), next);
        const restarts = what === 'recall' ? held !== NO_SLOT : next !== held || what === 'remember';
        if (restarts) oracle.set(client, { slot: next, lastMs: nowMs });
      }
    }),
  );
});

test('whoever is remembered, counted or forgotten, a bucket knows how many lie elsewhere', (t) => {
  const step = fc.record({ what: fc.constantFrom('remember', 'acquire', 'release'), client: fc.nat(29) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      // One home and one bucket to spill to.
      const { state, limits, affinity } = createTable(7);
      const clients = affinity();
      const held: number[] = [];
      for (const [turn, { what, client }] of steps.entries()) {
        const address = Uint8Array.of(10, 0, 0, client);
        if (what === 'remember') clients.remember(address, client, NOW + turn * TICK_MS);
        else if (what === 'acquire') held.push(limits.acquire(0, address, 2));
        else limits.release(held.pop() ?? 0);
      }
      const used = state.clients.subarray(64).filter((cell, at) => at >= 8 && at % 8 === 4 && cell !== 0);
      t.is(state.clients[1], used.length);
      for (const entry of held) limits.release(entry);
      t.true(clients.recall(ONE, NOW) === NO_SLOT);
    }),
  );
});
