import type { ExecutionContext, TestFn } from 'ava';
import type { Connection } from '../helpers/connection.ts';
import {
  type CreateEngine,
  cidrs,
  EngineHarness,
  endpointAt,
  type PlanParts,
} from '../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { LINUX } from '../linux/on-linux.ts';
import { Sockets } from '../linux/sockets.ts';
import { StuckEndpoint } from './epoll/stuck-endpoint.ts';

type Play = (t: ExecutionContext, harness: EngineHarness, endpoints: ScriptedEndpoint[]) => Promise<void>;

/** How a client of an engine comes to its endpoint, and how the endpoint sees that it has. */
export interface Visiting {
  readonly plan: PlanParts;
  /** What a client says; nothing is answered. */
  readonly says: string;
  /** What of it the endpoint reads. */
  readonly heard: (served: Connection) => Promise<unknown>;
}

const BYTES: Visiting = {
  plan: { presentation: { form: 'none' } },
  says: 'x',
  heard: (served) => served.read(1),
};

const at = (endpoints: readonly ScriptedEndpoint[]) =>
  endpoints.map(({ port }, slot) => endpointAt(port, slot));

/** Rows that `play` with endpoints and an engine before them, and what they do as clients. */
function rows(test: TestFn, engine: string, create: CreateEngine, { plan: base, says, heard }: Visiting) {
  const row = (title: string, count: number, plan: PlanParts, play: Play) =>
    test(`${engine}: ${title}`, async (t) => {
      const endpoints = await Promise.all(Array.from({ length: count }, () => ScriptedEndpoint.start()));
      const harness = await EngineHarness.start(create, { ...base, endpoints: at(endpoints), ...plan });
      try {
        await play(t, harness, endpoints);
      } finally {
        await harness.stop();
        await Promise.all(endpoints.map((endpoint) => endpoint.stop()));
      }
    });

  /** A client that has said what brings it to an endpoint. */
  const come = async (harness: EngineHarness, localAddress: string) => {
    const client = await harness.connect({ localAddress });
    client.write(says);
    return client;
  };

  /** Connects, and says which endpoint has the session. */
  const visit = async (
    harness: EngineHarness,
    endpoints: readonly ScriptedEndpoint[],
    localAddress: string,
  ) => {
    const before = endpoints.map(({ count }) => count);
    const client = await come(harness, localAddress);
    let slot = -1;
    while (slot < 0) {
      await new Promise(setImmediate);
      slot = endpoints.findIndex(({ count }, index) => count > before[index]!);
    }
    const served = await endpoints[slot]!.accept();
    // What it said has come, so it is connected and counted.
    await heard(served);
    return { client, served, slot };
  };

  const slots = async (
    harness: EngineHarness,
    endpoints: readonly ScriptedEndpoint[],
    clients: readonly string[],
  ) => {
    const seen: number[] = [];
    for (const client of clients) seen.push((await visit(harness, endpoints, client)).slot);
    return seen;
  };

  return { row, come, visit, slots };
}

/** Which endpoint a client is carried to, and what becomes of it when the pool changes. */
export function balanceSuite(test: TestFn, engine: string, create: CreateEngine): void {
  const { row, visit } = rows(test, engine, create, BYTES);

  /** Both sides still hear each other. */
  const talks = async (t: ExecutionContext, client: Connection, served: Connection) => {
    client.write('still');
    t.is(await served.readText(5), 'still');
    served.write('here');
    t.is(await client.readText(4), 'here');
  };

  row(
    'C10: a session keeps its endpoint when the pool is replaced, and when that is known but not usable any more',
    2,
    {},
    async (t, harness, endpoints) => {
      const { client, served, slot } = await visit(harness, endpoints, '127.0.0.1');
      const other = at(endpoints).filter((endpoint) => endpoint.slot !== slot);
      for (const change of [
        { endpoints: other },
        { endpoints: other, known: [0, 1] },
        { endpoints: [], known: [slot] },
        { endpoints: [], known: null },
      ]) {
        await harness.apply({ ...BYTES.plan, ...change });
        await talks(t, client, served);
      }
      t.is(harness.active, 1);
    },
  );

  row(
    'sessions of an endpoint that has vanished are ended where the plan says so, and no others',
    2,
    { balance: 'least-sessions' },
    async (t, harness, endpoints) => {
      const [one, two] = [
        await visit(harness, endpoints, '127.0.0.1'),
        await visit(harness, endpoints, '127.0.0.1'),
      ].sort((a, b) => a.slot - b.slot);
      t.deepEqual([one!.slot, two!.slot], [0, 1]);
      await harness.apply({ ...BYTES.plan, endpoints: at(endpoints).slice(1), known: [1] });
      t.like(await harness.record(), {
        reason: 'endpoint_gone',
        endpoint: endpointAt(endpoints[0]!.port).text,
      });
      t.deepEqual([await one!.client.ending, await one!.served.ending], ['reset', 'reset']);
      await talks(t, two!.client, two!.served);
      t.deepEqual([...harness.state.endpointSessions.subarray(0, 2)], [0, 1]);
    },
  );

  row(
    'so are those of a listener that has moved to another port meanwhile',
    1,
    {},
    async (t, harness, endpoints) => {
      const { client, served } = await visit(harness, endpoints, '127.0.0.1');
      const listen = { kind: 'tcp', ip: new Uint8Array([127, 0, 0, 2]), port: 0 } as const;
      await harness.apply({ ...BYTES.plan, listen, endpoints: at(endpoints), known: [0] });
      await talks(t, client, served);
      await harness.apply({ ...BYTES.plan, listen, endpoints: [], known: [] });
      t.is((await harness.record()).reason, 'endpoint_gone');
      t.is(await client.ending, 'reset');
    },
  );

  (LINUX ? test : test.skip)(`${engine}: so are those that only dial it`, async (t) => {
    const endpoints = [endpointAt(new StuckEndpoint(new Sockets(t)).port)];
    const harness = await EngineHarness.start(create, { ...BYTES.plan, endpoints, known: [0] });
    const client = await harness.connect();
    for (;;) {
      const [info] = await harness.engine.sessions(1);
      if (info?.phase === 'connect' && info.endpoint !== null) break;
    }
    t.is(harness.state.endpointSessions[0], 1);
    await harness.apply({ ...BYTES.plan, endpoints: [], known: [] });
    t.like(await harness.record(), { reason: 'endpoint_gone', attempts: 1, connectMs: null });
    t.is(await client.ending, 'reset');
    t.is(harness.state.endpointSessions[0], 0);
    await harness.stop();
  });

  for (const [where, empty] of [
    ['on this node', 'no_local_endpoint'],
    ['that may be used', 'no_ready_endpoint'],
  ] as const) {
    row(
      `C7: where endpoints exist but none ${where} the client is reset under a reason of its own`,
      0,
      { empty },
      async (t, harness) => {
        t.is(await (await harness.connect()).ending, 'reset');
        t.like(await harness.record(), { reason: empty, attempts: 0, endpoint: null });
      },
    );
  }

  row(
    'C7: a client that was announced too late meets the pool as it is then',
    1,
    { admission: { expect: 'any', trust: cidrs('127.0.0.0/8') } },
    async (t, harness, endpoints) => {
      const client = await harness.connect();
      client.write('PROXY ');
      while (harness.active === 0) await new Promise(setImmediate);
      await harness.apply({ ...BYTES.plan, endpoints: [], empty: 'no_local_endpoint' });
      client.write('UNKNOWN\r\n');
      t.is((await harness.record()).reason, 'no_local_endpoint');
      t.is(endpoints[0]!.count, 0);
    },
  );

  pickSuite(test, engine, create, BYTES);
}

/** Which endpoint a client is carried to. */
export function pickSuite(test: TestFn, engine: string, create: CreateEngine, visiting: Visiting): void {
  const { row, come, visit, slots } = rows(test, engine, create, visiting);

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
