import { PassThrough } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import {
  ConfigError,
  createHerald,
  createProxy,
  type Herald,
  type HeraldConfig,
  type HeraldOptions,
  StartError,
} from '../../src/index.ts';
import { Connection } from '../helpers/connection.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';

async function endpointOf(t: ExecutionContext): Promise<ScriptedEndpoint> {
  const endpoint = await ScriptedEndpoint.start();
  t.teardown(() => endpoint.stop());
  return endpoint;
}

const at = ({ port }: { readonly port: number }) => `127.0.0.1:${port}`;

function configOf(to: string | readonly string[], more: Partial<HeraldConfig> = {}): HeraldConfig {
  return { engine: 'net', listeners: [{ name: 'web', listen: '127.0.0.1:0', to, present: 'none' }], ...more };
}

async function started(t: ExecutionContext, config: HeraldConfig, log?: PassThrough): Promise<Herald> {
  const herald = await createHerald(config, { log });
  t.teardown(() => herald.stop());
  return herald;
}

const connect = ({ listeners }: Herald) =>
  Connection.to({ host: '127.0.0.1', port: Number(listeners[0]!.address.split(':').at(-1)) });

test('a Herald inside a program shows its ends and nothing of its inside', async (t) => {
  const herald = await started(t, configOf('127.0.0.1:1'));
  t.deepEqual(Object.keys(herald).sort(), [
    'admin',
    'drain',
    'ended',
    'listeners',
    'metrics',
    'reload',
    'serviceHealth',
    'stop',
  ]);
  t.regex(herald.listeners[0]!.address, /^127\.0\.0\.1:\d+$/);
  t.deepEqual([herald.metrics, herald.admin, herald.serviceHealth], [null, null, null]);
});

test('a reload swaps the endpoints of new sessions, and sessions that are there stay', async (t) => {
  const [first, second] = [await endpointOf(t), await endpointOf(t)];
  const herald = await started(t, configOf(at(first)));
  const old = await connect(herald);
  const oldEnd = await first.accept();
  await herald.reload(configOf(at(second)));
  const young = await connect(herald);
  const youngEnd = await second.accept();
  old.socket.write('old');
  young.socket.write('young');
  t.is((await oldEnd.read(3)).toString(), 'old');
  t.is((await youngEnd.read(5)).toString(), 'young');
  t.is(first.count, 1);
  for (const client of [old, young]) client.destroy();
});

test('a reload opens and closes listeners, and the list of them follows', async (t) => {
  const endpoint = await endpointOf(t);
  const herald = await started(t, configOf(at(endpoint)));
  const listener = { listen: '127.0.0.1:0', to: at(endpoint) };
  await herald.reload(
    configOf(at(endpoint), {
      listeners: [
        { ...listener, name: 'a' },
        { ...listener, name: 'b' },
      ],
    }),
  );
  t.deepEqual(
    herald.listeners.map(({ name }) => name),
    ['a', 'b'],
  );
  await herald.reload(configOf(at(endpoint)));
  t.deepEqual(
    herald.listeners.map(({ name }) => name),
    ['web'],
  );
  const client = await connect(herald);
  await endpoint.accept();
  client.destroy();
});

test('a reload with mistakes is a ConfigError with all of them, and what was in force goes on', async (t) => {
  const endpoint = await endpointOf(t);
  const herald = await started(t, configOf(at(endpoint), { metrics: '127.0.0.1:0' }));
  const wrong = {
    listeners: [{ listen: 'x', to: '10.0.0.1', headerTimout: '5s' }],
  } as unknown as HeraldConfig;
  const error = await t.throwsAsync(herald.reload(wrong), { instanceOf: ConfigError });
  t.deepEqual(
    error?.problems.map(({ option }) => option),
    ['listeners[0].headerTimout', 'listeners[0].listen', 'listeners[0].to'],
  );
  const metrics = await (await fetch(`http://${herald.metrics}/metrics`)).text();
  t.regex(metrics, /^herald_config_last_reload_successful 0$/m);
  const client = await connect(herald);
  await endpoint.accept();
  client.destroy();
});

test('a reload to a port that is taken is a StartError, and what was in force goes on', async (t) => {
  const [endpoint, taken] = [await endpointOf(t), await endpointOf(t)];
  const herald = await started(t, configOf(at(endpoint)));
  const { listeners } = herald;
  const next = configOf(at(endpoint), {
    listeners: [{ name: 'other', listen: at(taken), to: at(endpoint) }],
  });
  await t.throwsAsync(herald.reload(next), { instanceOf: StartError });
  t.deepEqual(herald.listeners, listeners);
  const client = await connect(herald);
  await endpoint.accept();
  client.destroy();
});

test('reloads that are asked for at once are taken in their order', async (t) => {
  const [first, second, third] = [await endpointOf(t), await endpointOf(t), await endpointOf(t)];
  const herald = await started(t, configOf(at(first)));
  const wrong = herald.reload({ listeners: [] });
  await Promise.all([
    herald.reload(configOf(at(second))),
    t.throwsAsync(wrong, { instanceOf: ConfigError }),
    herald.reload(configOf(at(third))),
  ]);
  const client = await connect(herald);
  await third.accept();
  t.is(second.count, 0);
  client.destroy();
});

test('a Herald that leaves or has stopped takes no configuration', async (t) => {
  const herald = await started(t, configOf('127.0.0.1:1'));
  await herald.stop();
  await herald.ended;
  t.deepEqual(herald.listeners, []);
  await t.throwsAsync(herald.reload(configOf('127.0.0.1:1')), { instanceOf: StartError });
});

for (const config of [
  undefined,
  null,
  7,
  'web',
  [],
  [configOf('127.0.0.1:1')],
  () => {},
  new Map(),
  { listeners: 7 },
]) {
  test(`${String(JSON.stringify(config) ?? typeof config)} is no configuration, which a ConfigError says`, async (t) => {
    await t.throwsAsync(createHerald(config as unknown as HeraldConfig), { instanceOf: ConfigError });
  });
}

for (const value of [Symbol('x'), 1n, Object.create(null), Number.NaN, () => {}, new Date(Number.NaN)]) {
  test(`a ${typeof value} where an address belongs is a ConfigError: ${Object.prototype.toString.call(value)}`, async (t) => {
    const config = configOf('127.0.0.1:1', { metrics: value as string });
    const error = await t.throwsAsync(createHerald(config), { instanceOf: ConfigError });
    t.regex(error!.message, /^metrics: expected an address/);
  });
}

for (const [what, options, problem] of [
  ['null', null, 'the options are an object with log and env'],
  ['a text', 'x', 'the options are an object with log and env'],
  ['a misspelt one', { lg: process.stdout }, 'there is no option "lg" (there are log, env)'],
  ['a text as log', { log: 'x' }, '"log" is a stream that can be written to'],
  ['null as log', { log: null }, '"log" is a stream that can be written to'],
  ['a text as env', { env: 'x' }, '"env" is an object, such as process.env'],
  ['null as env', { env: null }, '"env" is an object, such as process.env'],
] as const) {
  test(`wrong options of createHerald are a TypeError: ${what}`, async (t) => {
    await t.throwsAsync(createHerald(configOf('127.0.0.1:1'), options as unknown as HeraldOptions), {
      instanceOf: TypeError,
      message: `createHerald: ${problem}`,
    });
  });
}

test('a key that is undefined was not written', async (t) => {
  const herald = await started(
    t,
    configOf('127.0.0.1:1', { metrics: undefined, drainDelay: undefined, version: undefined }),
  );
  t.is(herald.metrics, null);
});

test('the log is where the program wants it', async (t) => {
  const log = new PassThrough({ encoding: 'utf8' });
  const herald = await started(t, configOf('127.0.0.1:1'), log);
  await herald.stop();
  const lines = (log.read() as string).trim().split('\n');
  const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
  t.true(messages.includes('listening'));
  t.is(messages.at(-1), 'stopped');
});

test('the former name goes on', async (t) => {
  const herald = await createProxy(configOf('127.0.0.1:1'));
  t.is(herald.listeners[0]?.name, 'web');
  await herald.stop();
});
