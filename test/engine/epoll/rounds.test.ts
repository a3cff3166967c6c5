import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '../../helpers/connection.ts';
import { endpointAt } from '../../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { fromLinux, leavesNothingOpen, onLinux, openDescriptors } from '../../linux/on-linux.ts';
import { Sockets } from '../../linux/sockets.ts';
import { destroyed, EngineBench, swallow } from './engine-bench.ts';

const { openEventfd } = await fromLinux(() => import('../../../src/linux/eventfd.ts'));

leavesNothingOpen();

const ROUNDS = 200;
/** So many rounds share an engine: a thread costs more to start than all else together. */
const ROUNDS_AN_ENGINE = 20;
/** Enough to be spliced. */
const BULK = Buffer.alloc(2 << 20, 'bulk');

/** Sessions of every kind, of which two are open still when their listener goes. Gives what one of them was answered. */
async function round(bench: EngineBench, endpoint: ScriptedEndpoint, bulk: boolean): Promise<Buffer> {
  const pair = async () => ({ client: await bench.connect(), served: await endpoint.accept() });
  const [done, broken, held, unread] = [await pair(), await pair(), await pair(), await pair()];
  for (const { served } of [done, broken, held]) swallow(served);
  done.client.end(bulk ? BULK : 'request');
  await done.served.ending;
  done.served.end(bulk ? BULK : 'answer');
  const answer = await done.client.readToEnd();
  broken.client.write('request');
  broken.client.reset();
  await broken.served.ending;
  unread.served.socket.pause();
  unread.client.write(bulk ? BULK : 'unread');
  await bench.settled(2);
  const gone = bench.apply();
  held.client.end('last');
  await held.served.ending;
  held.served.end();
  unread.served.reset();
  await gone;
  await bench.settled();
  await Promise.all(
    [done, broken, held, unread].flatMap((each) => [each.client, each.served]).map(destroyed),
  );
  return answer;
}

onLinux(`${ROUNDS} rounds of start, load, drain and stop leave no descriptor`, async (t) => {
  const endpoint = await ScriptedEndpoint.start();
  t.teardown(() => endpoint.stop());
  const plan = { endpoints: [endpointAt(endpoint.port)] };
  const seen: { [kind: string]: number }[] = [];
  let sessions = 0;
  for (let engine = 0; engine * ROUNDS_AN_ENGINE <= ROUNDS; engine++) {
    const bench = await EngineBench.start((engine % 2) + 1);
    t.teardown(() => bench.stop());
    const atRest = { ...openDescriptors(), pipe: 0 };
    for (let each = 0; each < ROUNDS_AN_ENGINE; each++) {
      await bench.apply(plan);
      const bulk = each % 5 === 0;
      const answer = await round(bench, endpoint, bulk);
      t.true(answer.equals(bulk ? BULK : Buffer.from('answer')), `${answer.length} bytes`);
      t.deepEqual({ ...openDescriptors(), pipe: 0 }, atRest);
    }
    t.deepEqual(bench.held, { active: 0, reserved: 0, endpointSessions: 0 });
    sessions += bench.counter('ended');
    await bench.apply(plan);
    if (engine % 3 === 0) await bench.stop();
    else await bench.engine.drain();
    t.deepEqual(bench.faults, []);
    seen.push(openDescriptors());
  }
  t.is(sessions, 4 * (ROUNDS + ROUNDS_AN_ENGINE));
  // The first engine warms up: what it loads for ever is no leak.
  for (const after of seen.slice(1)) t.deepEqual(after, seen[0]);
});

onLinux(
  'a unix listener of two threads is closed by each of them, and nobody else’s descriptor with it',
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'herald-'));
    t.teardown(() => rm(folder, { recursive: true }));
    const endpoint = await ScriptedEndpoint.start();
    t.teardown(() => endpoint.stop());
    const bench = await EngineBench.start(2);
    t.teardown(() => bench.stop());
    const listen = { kind: 'unix', path: join(folder, 'herald') } as const;
    const before = openDescriptors();
    for (let each = 0; each < 20; each++) {
      await bench.apply({ listen, endpoints: [endpointAt(endpoint.port)], presentation: { form: 'none' } });
      const clients = await Promise.all(
        Array.from({ length: 10 }, () => Connection.to({ path: listen.path })),
      );
      const gone = bench.apply();
      // Numbers that are free by now are taken at once: a second close would hit one of these.
      const canaries = new Sockets();
      for (let canary = 0; canary < 50; canary++) canaries.keep(openEventfd());
      for (const client of clients) client.end('request');
      for (let left = clients.length; left > 0; left--) {
        const served = await endpoint.accept();
        t.is((await served.readToEnd()).toString(), 'request');
        served.end('answer');
        await destroyed(served);
      }
      for (const client of clients) t.is((await client.readToEnd()).toString(), 'answer');
      await gone;
      await bench.settled();
      canaries.closeAll();
      await Promise.all(clients.map(destroyed));
      t.false(existsSync(listen.path));
      t.deepEqual(openDescriptors(), before);
    }
  },
);
