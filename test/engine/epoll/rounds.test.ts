import { endpointAt } from '../../helpers/engine-harness.ts';
import { ScriptedEndpoint } from '../../helpers/scripted-endpoint.ts';
import { leavesNothingOpen, onLinux, openDescriptors } from '../../linux/on-linux.ts';
import { destroyed, EngineBench, swallow } from './engine-bench.ts';

leavesNothingOpen();

const ROUNDS = 200;
/** So many rounds share an engine: a thread costs more to start than all else together. */
const ROUNDS_AN_ENGINE = 20;
/** Enough to be spliced. */
const BULK = Buffer.alloc(2 << 20, 'bulk');

/** Sessions of every kind, of which two are open still when their listener goes. */
async function round(bench: EngineBench, endpoint: ScriptedEndpoint, bulk: boolean): Promise<void> {
  const pair = async () => ({ client: await bench.connect(), served: await endpoint.accept() });
  const [done, broken, held, unread] = [await pair(), await pair(), await pair(), await pair()];
  for (const { served } of [done, broken, held]) swallow(served);
  done.client.end(bulk ? BULK : 'request');
  await done.served.ending;
  done.served.end(bulk ? BULK : 'answer');
  await done.client.readToEnd();
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
}

onLinux(`${ROUNDS} rounds of start, load, drain and stop leave no descriptor`, async (t) => {
  const endpoint = await ScriptedEndpoint.start();
  t.teardown(() => endpoint.stop());
  const plan = { endpoints: [endpointAt(endpoint.port)] };
  const seen: { [kind: string]: number }[] = [];
  let sessions = 0;
  for (let engine = 0; engine * ROUNDS_AN_ENGINE <= ROUNDS; engine++) {
    const bench = await EngineBench.start((engine % 2) + 1);
    const atRest = { ...openDescriptors(), pipe: 0 };
    for (let each = 0; each < ROUNDS_AN_ENGINE; each++) {
      await bench.apply(plan);
      await round(bench, endpoint, each % 5 === 0);
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
