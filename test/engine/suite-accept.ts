import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext, TestFn } from 'ava';
import type { CreateEngine, PlanParts } from '../helpers/engine-harness.ts';
import { EngineHarness, endpointAt } from '../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { LINUX } from '../linux/on-linux.ts';

/** What a client says, if anything, and how the endpoint ends a session behind it. */
export interface Talk {
  readonly plan: PlanParts;
  readonly says: string;
  readonly answer: string;
}

export const BYTES: Talk = { plan: { presentation: { form: 'none' } }, says: 'x', answer: 'y' };

const CROWD = 300;

type Play = (t: ExecutionContext, harness: EngineHarness, endpoint: ScriptedEndpoint) => Promise<void>;

function rowOf(test: TestFn, engine: string, create: CreateEngine, { plan: base }: Talk) {
  return (title: string, plan: PlanParts, play: Play) =>
    test.serial(`${engine}: ${title}`, async (t) => {
      const endpoint = await ScriptedEndpoint.start();
      const parts = { ...base, endpoints: [endpointAt(endpoint.port)], ...plan };
      const harness = await EngineHarness.start(create, parts);
      try {
        await play(t, harness, endpoint);
      } finally {
        await harness.stop();
        await endpoint.stop();
      }
      t.is(harness.active, 0);
      t.is(harness.state.reserved[0], 0);
      t.true(harness.state.clients.every((cell, at) => at % 8 !== 4 || cell === 0));
    });
}

/** A client that comes again as soon as its session has ended is accepted before that has been heard of. */
export function comeAgainSuite(test: TestFn, engine: string, create: CreateEngine, talk: Talk): void {
  const row = rowOf(test, engine, create, talk);
  const from = { localAddress: '127.0.0.5' };

  for (const [what, limits] of [
    ['that its client may have', { maxSessionsPerClient: 1 }],
    ['that there may be', { maxSessions: 1, overLimit: 'refuse' }],
  ] as const) {
    row(`who comes again at once has the one session ${what}`, { limits }, async (t, harness, endpoint) => {
      let client = await harness.connect(from);
      for (let round = 0; round < 20; round++) {
        client.write(talk.says);
        const served = await endpoint.accept();
        await served.read(1);
        served.end(talk.answer);
        await client.readToEnd();
        // Its end is with the kernel before the next one is.
        client.destroy();
        client = await harness.connect(from);
      }
      client.reset();
      const reasons: string[] = [];
      for (let round = 0; round < 21; round++) reasons.push((await harness.record()).reason);
      t.deepEqual(
        reasons.filter((reason) => reason.startsWith('over_')),
        [],
      );
    });

    row(
      `who has the one session ${what} and does not end it has no other`,
      { limits },
      async (t, harness, endpoint) => {
        const first = await harness.connect(from);
        first.write(talk.says);
        const served = await endpoint.accept();
        for (let round = 0; round < 3; round++) {
          const other = await harness.connect(from);
          other.write(talk.says);
          t.is(await other.ending, 'reset');
          const { reason } = await harness.record();
          t.is(reason, limits.maxSessions === 1 ? 'over_limit' : 'over_client_limit');
        }
        // A stream that has ended is no session that has.
        await served.read(1);
        first.end();
        const early = await harness.connect(from);
        t.is(await early.ending, 'reset');
        await harness.record();
        t.is(endpoint.count, 1);
        t.is(harness.active, 1);
      },
    );

    row(
      `a stop does not wait for who waits for the one session ${what}`,
      { limits },
      async (t, harness, endpoint) => {
        const first = await harness.connect(from);
        first.write(talk.says);
        await endpoint.accept();
        const others = await Promise.all([harness.connect(from), harness.connect(from)]);
        await harness.engine.stop('stopped');
        for (const each of [first, ...others]) t.is(await each.ending, 'reset');
        t.is(endpoint.count, 1);
      },
    );
  }
}

/** Connects without a turn of the loop: all of them wait in the queue of the listener. */
function crowdOf(t: ExecutionContext, harness: EngineHarness, count: number): Socket[] {
  const { address } = harness.open[0]!;
  const to: NetConnectOpts =
    address.kind === 'unix' ? { path: address.path } : { host: '127.0.0.1', port: address.port };
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(to);
    return socket.on('error', () => {}).resume();
  });
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  return sockets;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What an engine on Node's servers does that is given the kernel's own accept. */
export function acceptSuite(test: TestFn, engine: string, create: CreateEngine, talk: Talk): void {
  if (!LINUX) return;
  const row = rowOf(test, engine, create, talk);
  const opened = (harness: EngineHarness) => harness.counter('opened');

  /** How many turns of the loop it takes until as many sessions are open, from the first on. */
  const turnsUntil = async (harness: EngineHarness, count: number) => {
    while (opened(harness) === 0) await turn();
    let turns = 1;
    for (; opened(harness) < count; turns++) await turn();
    return turns;
  };

  row('a crowd in the queue is accepted in few turns of the loop', {}, async (t, harness) => {
    t.true(harness.engine.acceptsInBatches);
    crowdOf(t, harness, CROWD);
    const turns = await turnsUntil(harness, CROWD);
    t.true(turns <= CROWD / 4, `${turns}`);
    t.is(opened(harness), CROWD);
  });

  test.serial(`${engine}: so is one in the queue of a unix socket`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'herald-'));
    t.teardown(() => rm(folder, { recursive: true }));
    const listen = { kind: 'unix', path: join(folder, 's') } as const;
    const harness = await EngineHarness.start(create, { ...talk.plan, listen });
    crowdOf(t, harness, CROWD);
    const turns = await turnsUntil(harness, CROWD);
    t.true(turns <= CROWD / 4, `${turns}`);
    await harness.stop();
    t.is(harness.active, 0);
  });

  row(
    'a limit bounds who is accepted at once, and refuses the rest',
    { limits: { maxSessions: 7, overLimit: 'refuse' } },
    async (t, harness, endpoint) => {
      for (const socket of crowdOf(t, harness, 60)) socket.write(talk.says);
      for (let count = 0; count < 53; count++) t.is((await harness.record()).reason, 'over_limit');
      for (let count = 0; count < 7; count++) await endpoint.accept();
      t.is(harness.active, 7);
      t.is(harness.state.reserved[0], 7);
    },
  );

  row(
    'who has to wait stays in the queue, and a drain serves all of them, in turn',
    { limits: { maxSessions: 10 } },
    async (t, harness, endpoint) => {
      const crowd = crowdOf(t, harness, CROWD);
      const resets: string[] = [];
      for (const socket of crowd) {
        socket.on('error', (error) => resets.push(error.message));
        socket.write(talk.says);
      }
      while (harness.active < 10) await turn();
      const drained = harness.engine.drain();
      for (let count = 0; count < CROWD; count++) {
        const served = await endpoint.accept();
        await served.read(1);
        served.end(talk.answer);
        t.true(harness.active <= 10);
      }
      for (const socket of crowd) socket.end();
      await drained;
      t.deepEqual(resets, []);
      t.is(opened(harness), CROWD);
    },
  );

  row(
    'who comes while a drain begins is served, or finds nobody listening',
    {},
    async (t, harness, endpoint) => {
      const crowd = crowdOf(t, harness, CROWD);
      let served = 0;
      const ended = Promise.all(
        crowd.map(async (socket) => {
          socket.write(talk.says);
          await new Promise((resolve) => socket.on('connect', resolve));
        }),
      );
      await ended;
      const drained = harness.engine.drain();
      t.is(opened(harness), CROWD);
      for (; served < CROWD; served++) (await endpoint.accept()).end(talk.answer);
      for (const socket of crowd) socket.end();
      await drained;
      t.is(served, CROWD);
    },
  );
}
