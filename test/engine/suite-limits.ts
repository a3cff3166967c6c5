import { once } from 'node:events';
import type { TestFn } from 'ava';
import { type CreateEngine, EngineHarness, endpointAt } from '../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { NONE, sessionRows } from './session-rows.ts';

/** How many sessions there may be at once, and what becomes of the clients beyond. */
export function limitSuite(test: TestFn, engine: string, create: CreateEngine): void {
  const row = sessionRows(test, engine, create);

  row(
    'over the limit a client waits for its turn',
    () => ({ ...NONE, limits: { maxSessions: 1 } }),
    async (t, harness, endpoint) => {
      const first = await harness.connect();
      const served = await endpoint.accept();
      const second = await harness.connect();
      second.write('second');
      const third = await harness.connect();
      third.write('third');
      first.end('first');
      t.is((await served.readToEnd()).toString(), 'first');
      t.is(endpoint.count, 1);
      served.end();
      const next = await endpoint.accept();
      t.is(await next.readText(6), 'second');
      t.is(harness.active, 1);
      second.reset();
      t.is(await (await endpoint.accept()).readText(5), 'third');
    },
  );

  row(
    'or is refused',
    () => ({ limits: { maxSessions: 1, overLimit: 'refuse' } }),
    async (t, harness, endpoint) => {
      await harness.connect();
      await endpoint.accept();
      const second = await harness.connect();
      t.is(await second.ending, 'reset');
      t.is((await harness.record()).reason, 'over_limit');
      t.is(harness.active, 1);
    },
  );

  test(`${engine}: a client waits where all listeners together have as many sessions as they may`, async (t) => {
    const endpoint = await ScriptedEndpoint.start();
    const limits = { maxSessionsOfAll: 1 };
    const common = { ...NONE, limits, endpoints: [endpointAt(endpoint.port)] };
    const harness = await EngineHarness.start(create, common, { ...common, id: 1, name: 'other' });
    t.teardown(async () => {
      await harness.stop();
      await endpoint.stop();
    });
    const first = await harness.connect();
    const served = await endpoint.accept();
    const waiting = await harness.connect({}, 1);
    waiting.write('waiting');
    first.end('first');
    t.is((await served.readToEnd()).toString(), 'first');
    t.deepEqual([endpoint.count, harness.active, harness.counter('opened', 1)], [1, 1, 0]);
    served.end();
    // The place is that of another listener.
    t.is(await (await endpoint.accept()).readText(7), 'waiting');
    t.deepEqual([[...harness.state.reserved].slice(0, 2), harness.state.reservedOfAll[0]], [[0, 1], 1]);
  });

  row(
    'a client has its share, and others have theirs',
    () => ({ limits: { maxSessionsPerClient: 1 } }),
    async (t, harness, endpoint) => {
      const first = await harness.connect({ localAddress: '127.0.0.5' });
      const served = await endpoint.accept();
      const second = await harness.connect({ localAddress: '127.0.0.5' });
      t.is(await second.ending, 'reset');
      t.is((await harness.record()).reason, 'over_client_limit');
      await harness.connect({ localAddress: '127.0.0.6' });
      await endpoint.accept();
      first.destroy();
      served.end();
      await harness.record();
      await harness.connect({ localAddress: '127.0.0.5' });
      await endpoint.accept();
      t.is(harness.active, 2);
    },
  );

  row(
    'clients that leave while they wait leave nothing behind',
    () => ({ ...NONE, limits: { maxSessions: 1 } }),
    async (t, harness, endpoint) => {
      const first = await harness.connect();
      const served = await endpoint.accept();
      const waiting = await Promise.all(Array.from({ length: 5 }, () => harness.connect()));
      for (const client of waiting) client.end();
      await Promise.all(waiting.map(({ socket }) => once(socket, 'finish')));
      first.end('x');
      await served.readToEnd();
      served.end();
      const late = await harness.connect();
      late.end('late');
      // Those who left may still be announced, each for itself; then the next one has its turn.
      for (;;) {
        const next = await endpoint.accept();
        const said = (await next.readToEnd()).toString();
        next.end();
        if (said === 'late') break;
        t.is(said, '');
      }
      while (harness.active > 0) await harness.record();
      t.is(harness.state.reserved[0], 0);
    },
  );

  row(
    'who waits over the limit when Herald drains has its turn',
    () => ({ ...NONE, limits: { maxSessions: 1 } }),
    async (t, harness, endpoint) => {
      const first = await harness.connect();
      const served = await endpoint.accept();
      const second = await harness.connect();
      second.end('second');
      const drained = harness.engine.drain();
      first.end('first');
      await served.readToEnd();
      served.end();
      const next = await endpoint.accept();
      t.is((await next.readToEnd()).toString(), 'second');
      next.end('answer');
      t.is((await second.readToEnd()).toString(), 'answer');
      await drained;
    },
  );

  row(
    'a stop ends those who wait too',
    () => ({ ...NONE, limits: { maxSessions: 1 } }),
    async (t, harness, endpoint) => {
      const first = await harness.connect();
      await endpoint.accept();
      const second = await harness.connect();
      const drained = harness.engine.drain();
      await harness.engine.stop('drain_timeout');
      await drained;
      t.deepEqual([await first.ending, await second.ending], ['reset', 'reset']);
      t.is(harness.active, 0);
      t.is(harness.state.reserved[0], 0);
    },
  );
}
