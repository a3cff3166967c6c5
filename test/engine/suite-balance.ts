import type { ExecutionContext, TestFn } from 'ava';
import type { Connection } from '../helpers/connection.ts';
import { type CreateEngine, cidrs, EngineHarness, endpointAt } from '../helpers/engine-harness.ts';
import { LINUX } from '../linux/on-linux.ts';
import { Sockets } from '../linux/sockets.ts';
import { StuckEndpoint } from './epoll/stuck-endpoint.ts';
import { pickSuite } from './suite-pick.ts';
import { at, BYTES, visitingRows } from './visiting-rows.ts';

/** Which endpoint a client is carried to, and what becomes of it when the pool changes. */
export function balanceSuite(test: TestFn, engine: string, create: CreateEngine): void {
  const { row, visit } = visitingRows(test, engine, create, BYTES);

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
      // An engine on this thread accepts only between turns of its loop.
      await new Promise(setImmediate);
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

  const group = { weight: 1, tier: 0, empty: 'no_ready_endpoint', hashTable: null } as const;
  const none = { ...group, name: 'none', members: new Uint16Array(0) };
  row(
    'a client whose share is refused is reset under the reason of its destination',
    1,
    { shares: { groups: [none], refusesEmptyShares: true } },
    async (t, harness, endpoints) => {
      t.is(await (await harness.connect()).ending, 'reset');
      t.like(await harness.record(), { reason: none.empty, attempts: 0, endpoint: null });
      t.is(endpoints[0]!.count, 0);
    },
  );

  row(
    'clients go to a backup while the other destination is empty, and sessions stay when it is back',
    2,
    {
      shares: {
        groups: [none, { ...group, name: 'spare', tier: 1, members: Uint16Array.of(1) }],
        refusesEmptyShares: false,
      },
    },
    async (t, harness, endpoints) => {
      const { client, served, slot } = await visit(harness, endpoints, '127.0.0.1');
      t.is(slot, 1);
      const groups = [
        { ...group, name: 'none', members: Uint16Array.of(0) },
        { ...group, name: 'spare', tier: 1, members: Uint16Array.of(1) },
      ];
      const shares = { groups, refusesEmptyShares: false };
      await harness.apply({ ...BYTES.plan, endpoints: at(endpoints), shares });
      t.is((await visit(harness, endpoints, '127.0.0.1')).slot, 0);
      await talks(t, client, served);
    },
  );

  row(
    'C7: a client that was announced too late meets the pool as it is then',
    1,
    { admission: { acceptProxy: 'any', trust: cidrs('127.0.0.0/8') } },
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
