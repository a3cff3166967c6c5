import { setImmediate as nextTurn } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import { retry } from '../helpers/peer-start.ts';
import { NO_OPS, Program } from '../helpers/program.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { connectTo } from './visit.ts';

/** An edge with `--metrics`, and one session that is open: both ends of it have heard of each other. */
async function startServing(t: ExecutionContext, flags: string) {
  const endpoint = await ScriptedEndpoint.start();
  t.teardown(() => endpoint.stop());
  const herald = await Program.start(
    t,
    `edge --listen 127.0.0.1:0 --to 127.0.0.1:${endpoint.port} --present none --access-log all --metrics 127.0.0.1:0 --admin none ${flags}`,
  );
  const port = herald.port();
  const open = async () => {
    const client = await connectTo({ port });
    t.teardown(() => client.destroy());
    client.write('hello');
    const served = await endpoint.accept();
    await served.read(5);
    return { client, served };
  };
  const probe = async (path: string) => {
    const { status } = await fetch(`http://127.0.0.1:${herald.opsPort('metrics')}${path}`);
    return status;
  };
  const probes = async () => Promise.all(['/lb-healthz', '/readyz', '/livez'].map(probe));
  /** Resolves when nobody can connect any more. Who still could is gone at once, on both sides. */
  const closed = () =>
    retry(async () => {
      const error = await connectTo({ port }).then(
        (client) => client.reset(),
        (refused: NodeJS.ErrnoException) => refused,
      );
      if (error?.code !== 'ECONNREFUSED') throw new Error('the listener is open');
    }, herald);
  return { herald, open, probes, closed, session: await open() };
}

const isDraining = ({ msg }: { msg: string }) => msg === 'draining';

test('SIGTERM closes the listeners, and lets a session that is open go on until it ends', async (t) => {
  const { herald, session, probes, closed } = await startServing(t, '--drain-timeout 60s');
  t.deepEqual(await probes(), [200, 200, 200]);
  herald.signal('SIGTERM');
  await closed();
  // Not ready from here on, but alive.
  t.deepEqual(await probes(), [503, 503, 200]);
  session.client.write('still here');
  t.is(await session.served.readText(10), 'still here');
  session.served.end('goodbye');
  t.is((await session.client.readToEnd()).toString(), 'goodbye');
  session.client.end();
  t.deepEqual(await herald.exited, { code: 0, signal: null });
  t.deepEqual(herald.complaints, []);
});

test('for the length of --drain-delay balancers are told to go, while whoever comes is served', async (t) => {
  const { herald, open, probes } = await startServing(t, '--drain-delay 1h --drain-timeout 1h');
  herald.signal('SIGTERM');
  await herald.logged(isDraining);
  t.deepEqual(await probes(), [503, 200, 200]);
  const { client, served } = await open();
  served.write('welcome');
  t.is(await client.readText(7), 'welcome');
  t.deepEqual(await probes(), [503, 200, 200]);
});

test('the listeners close when --drain-delay has passed', async (t) => {
  const { herald, session, probes, closed } = await startServing(
    t,
    '--drain-delay 100ms --drain-timeout 60s',
  );
  herald.signal('SIGINT');
  await closed();
  t.deepEqual(await probes(), [503, 503, 200]);
  session.client.end();
  session.served.end();
  t.is((await herald.exited).code, 0);
});

test('sessions that outlast --drain-timeout are reset on both sides, and the status is still 0', async (t) => {
  const { herald, session } = await startServing(t, '--drain-timeout 200ms');
  herald.signal('SIGTERM');
  t.deepEqual(await Promise.all([session.client.ending, session.served.ending]), ['reset', 'reset']);
  t.is((await herald.exited).code, 0);
  t.truthy(await herald.logged(({ reason }) => reason === 'drain_timeout'));
});

for (const flags of ['--drain-delay 1h', '--drain-timeout 1h']) {
  test(`a second signal ends everything at once, whatever ${flags} would wait for`, async (t) => {
    const { herald, session } = await startServing(t, flags);
    herald.signal('SIGTERM');
    await herald.logged(isDraining);
    herald.signal('SIGTERM');
    t.deepEqual(await Promise.all([session.client.ending, session.served.ending]), ['reset', 'reset']);
    t.deepEqual(await herald.exited, { code: 0, signal: null });
    t.truthy(await herald.logged(({ reason }) => reason === 'stopped'));
  });
}

// Serial, so that nothing else keeps this thread from signalling.
test.serial('signals that come again and again until the end do not change the status', async (t) => {
  const herald = await Program.start(t, `edge --listen 127.0.0.1:0 --to 127.0.0.1:9 --engine net ${NO_OPS}`);
  let over = false;
  herald.child.once('exit', () => {
    over = true;
  });
  while (!over) {
    herald.signal('SIGTERM');
    await nextTurn();
  }
  t.deepEqual(await herald.exited, { code: 0, signal: null });
});
