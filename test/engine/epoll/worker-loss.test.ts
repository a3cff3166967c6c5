import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import test, { type ExecutionContext } from 'ava';
import { createEpollEngine } from '../../../src/engine/epoll/epoll-engine.ts';
import { REASON_NAMES } from '../../../src/plan/close-reason.ts';
import { COUNTER, REASON_AT } from '../../../src/shared-memory/counters.ts';
import { counterRow, createSharedState, sumCounters } from '../../../src/shared-memory/shared-state.ts';
import { Connection } from '../../helpers/connection.ts';
import { ENGINE_DEFAULTS, EngineHarness, endpointAt } from '../../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';

const workers: Worker[] = [];
process.on('worker', (worker: Worker) => workers.push(worker));

const LOST_AT = REASON_AT + REASON_NAMES.indexOf('worker_lost');

test.serial(
  "a worker that dies takes its own sessions with it and nobody else's, and is replaced",
  async (t) => {
    const state = createSharedState({ workers: 2, listeners: 4, clients: 100, seed: 3 });
    const endpoint = await ScriptedEndpoint.start();
    const harness = await EngineHarness.start(
      ({ observer }) => createEpollEngine({ ...ENGINE_DEFAULTS, observer, state, threads: 2 }),
      { endpoints: [endpointAt(endpoint.port)], limits: { maxSessions: 40, maxSessionsPerClient: 40 } },
    );
    const active = (worker: number) => {
      const row = counterRow(state, worker, 0);
      return row[COUNTER.opened]! - row[COUNTER.ended]!;
    };
    const pairs: { client: Connection; served: Connection }[] = [];
    for (let session = 0; session < 40; session++) {
      const client = await harness.connect();
      const served = await endpoint.accept();
      await served.read(28);
      pairs.push({ client, served });
    }
    const [first, second] = [active(0), active(1)];
    t.is(first + second, 40);
    t.true(first > 0 && second > 0, `${first} and ${second}`);
    t.is(state.endpointSessions[0], 40);

    await workers[0]!.terminate();
    const endings = await Promise.all(
      pairs.map(async ({ client, served }) => {
        served.write('still here');
        const here = client.readText(10).then(
          () => 'here',
          () => 'lost',
        );
        return here;
      }),
    );
    t.is(endings.filter((ending) => ending === 'lost').length, first);
    t.is(endings.filter((ending) => ending === 'here').length, second);
    t.is(active(0), 0);
    t.is(sumCounters(state, 0)[LOST_AT], first);
    t.is(state.endpointSessions[0], second);
    t.is(state.reserved[0], second);
    t.regex(harness.faults.join('\n'), /worker 0 has ended with \d+ sessions, and is replaced/);

    // The limit has room again for exactly those that were lost, whichever worker takes them.
    await Promise.all(
      Array.from({ length: first }, async () => {
        const client = await harness.connect();
        const served = await endpoint.accept();
        await served.read(28);
        client.write('x');
        t.is(await served.readText(1), 'x');
      }),
    );
    t.is(active(0) + active(1), 40);
    t.is(state.restarts[0], 1);
    t.true(await harness.engine.alive());
    await harness.stop();
    await endpoint.stop();
  },
);

test.serial('a worker that dies while Herald drains does not hold it up', async (t) => {
  const endpoint = await ScriptedEndpoint.start();
  workers.length = 0;
  const harness = await EngineHarness.start(
    (parts) => createEpollEngine({ ...ENGINE_DEFAULTS, ...parts, threads: 1 }),
    { endpoints: [endpointAt(endpoint.port)] },
  );
  const client = await harness.connect();
  await endpoint.accept();
  const drained = harness.engine.drain();
  const exited = once(workers[0]!, 'exit');
  await workers[0]!.terminate();
  await exited;
  await drained;
  t.is(await client.ending, 'reset');
  t.is(harness.active, 0);
  await endpoint.stop();
});

/** An engine of one worker, whose thread is gone; what replaces it is not there yet. */
async function withoutWorker(t: ExecutionContext) {
  const endpoint = await ScriptedEndpoint.start();
  t.teardown(() => endpoint.stop());
  workers.length = 0;
  const harness = await EngineHarness.start(
    (parts) => createEpollEngine({ ...ENGINE_DEFAULTS, ...parts, threads: 1 }),
    { endpoints: [endpointAt(endpoint.port)] },
  );
  t.teardown(() => harness.stop());
  const { address } = harness.open[0]!;
  const port = address.kind === 'tcp' ? address.port : 0;
  const exited = once(workers[0]!, 'exit');
  await workers[0]!.terminate();
  await exited;
  return { endpoint, harness, port };
}

const refused = (t: ExecutionContext, port: number) =>
  t.throwsAsync(Connection.to({ host: '127.0.0.1', port }), { code: 'ECONNREFUSED' });

test.serial('a listener that is closed while its worker is dead is open no longer', async (t) => {
  const { harness, port } = await withoutWorker(t);
  await harness.apply();
  await refused(t, port);
});

test.serial('a listener that closes as its worker is being replaced is open no longer', async (t) => {
  const { harness, port } = await withoutWorker(t);
  await once(process, 'worker');
  await harness.apply();
  await refused(t, port);
});

test.serial('a listener that comes as a worker is being replaced is served', async (t) => {
  const { endpoint, harness } = await withoutWorker(t);
  await once(process, 'worker');
  const endpoints = [endpointAt(endpoint.port)];
  await harness.apply({ endpoints }, { id: 1, name: 'other', endpoints });
  for (const index of [0, 1]) {
    (await harness.connect({}, index)).write('x');
    t.is((await (await endpoint.accept()).read(29)).length, 29);
  }
});

test.serial('a stop while a worker is dead leaves no port open', async (t) => {
  const { harness, port } = await withoutWorker(t);
  await harness.engine.stop('stopped');
  await refused(t, port);
});
