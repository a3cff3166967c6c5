import type { TestFn } from 'ava';
import type { CreateEngine } from '../helpers/engine-harness.ts';
import { at, type Visiting, visitingRows } from './visiting-rows.ts';

/** Which endpoint a client is carried to. */
export function pickSuite(test: TestFn, engine: string, create: CreateEngine, visiting: Visiting): void {
  const { row, come, visit, slots } = visitingRows(test, engine, create, visiting);

  row(
    'by client-hash a client has one endpoint',
    4,
    { balance: 'client-hash' },
    async (t, harness, endpoints) => {
      const clients = Array.from({ length: 12 }, (_, index) => `127.0.0.${index + 1}`);
      const seen = await slots(harness, endpoints, clients);
      t.true(new Set(seen).size > 1, `${seen}`);
      t.deepEqual(await slots(harness, endpoints, clients.toReversed()), seen.toReversed());
    },
  );

  row(
    'A1: with affinity a client stays with its endpoint, and others have their turn',
    3,
    { affinityMs: 60_000 },
    async (t, harness, endpoints) => {
      const seen = await slots(harness, endpoints, ['127.0.0.5', '127.0.0.6', '127.0.0.7']);
      t.deepEqual([...seen].sort(), [0, 1, 2]);
      t.deepEqual(await slots(harness, endpoints, ['127.0.0.7', '127.0.0.5', '127.0.0.6', '127.0.0.5']), [
        seen[2],
        seen[0],
        seen[1],
        seen[0],
      ]);
    },
  );

  row(
    'A1: connections that a client makes at once meet one endpoint',
    3,
    { affinityMs: 60_000 },
    async (t, harness, endpoints) => {
      await Promise.all(Array.from({ length: 9 }, () => come(harness, '127.0.0.5')));
      const total = () => endpoints.reduce((sum, { count }) => sum + count, 0);
      while (total() < 9) await new Promise(setImmediate);
      t.deepEqual(endpoints.map(({ count }) => count).sort(), [0, 0, 9]);
    },
  );

  row(
    'A3: a client whose endpoint is no longer usable stays with another from then on',
    3,
    { affinityMs: 60_000 },
    async (t, harness, endpoints) => {
      const [first] = await slots(harness, endpoints, ['127.0.0.5']);
      const less = at(endpoints).filter(({ slot }) => slot !== first);
      await harness.apply({ ...visiting.plan, affinityMs: 60_000, endpoints: less });
      const [second] = await slots(harness, endpoints, ['127.0.0.5']);
      t.not(second, first);
      await harness.apply({ ...visiting.plan, affinityMs: 60_000, endpoints: at(endpoints) });
      t.deepEqual(await slots(harness, endpoints, ['127.0.0.5']), [second]);
    },
  );

  for (const balance of ['round-robin', 'least-sessions'] as const) {
    row(
      `by ${balance} the turns of an endpoint that refuses are shared out among all others`,
      3,
      { balance },
      async (t, harness, endpoints) => {
        const [one, two, three] = at(endpoints);
        const deaf = { ...two!, ip: Uint8Array.of(127, 0, 0, 99) };
        const ejection = { after: 0 };
        await harness.apply({ ...visiting.plan, balance, ejection, endpoints: [one!, deaf, three!] });
        for (let session = 0; session < 30; session++) await visit(harness, endpoints, '127.0.0.1');
        t.deepEqual(
          endpoints.map(({ count }) => count),
          [15, 0, 15],
        );
      },
    );
  }

  row(
    'by least-sessions held sessions are even, and one that ends makes room for the next',
    3,
    { balance: 'least-sessions' },
    async (t, harness, endpoints) => {
      const held = [];
      for (let session = 0; session < 9; session++) held.push(await visit(harness, endpoints, '127.0.0.1'));
      t.deepEqual([...harness.state.endpointSessions.subarray(0, 3)], [3, 3, 3]);
      const left = held.filter(({ slot }) => slot === 1).slice(0, 2);
      for (const { client } of left) {
        client.reset();
        await harness.record();
      }
      t.deepEqual(await slots(harness, endpoints, ['127.0.0.1', '127.0.0.1']), [1, 1]);
    },
  );

  row(
    'by least-sessions a burst is even before any of it is connected',
    3,
    { balance: 'least-sessions' },
    async (t, harness, endpoints) => {
      await Promise.all(Array.from({ length: 30 }, () => come(harness, '127.0.0.1')));
      const total = () => endpoints.reduce((sum, { count }) => sum + count, 0);
      while (total() < 30) await new Promise(setImmediate);
      t.deepEqual(
        endpoints.map(({ count }) => count),
        [10, 10, 10],
      );
    },
  );
}
