import test, { type ExecutionContext } from 'ava';
import { ENGINE_OF } from '../../src/config/config-checks.ts';
import { ENGINE_KINDS, type EngineParts, kindsOf, workerThreads } from '../../src/control/engine-kinds.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';

const IS_LINUX = process.platform === 'linux';
const onLinux = IS_LINUX ? test : test.skip;

function parts(more: Partial<EngineParts> = {}): EngineParts {
  return {
    platform: process.platform,
    threads: 2,
    state: createSharedState({ workers: 2, listeners: 1, clients: 0, seed: 1 }),
    observer: { records: () => {}, fault: () => {} },
    logTlvs: [],
    sockets: null,
    ...more,
  };
}

async function start(t: ExecutionContext, name: string, more: Partial<EngineParts> = {}) {
  const engine = await ENGINE_KINDS.find((kind) => kind.name === name)!.start(parts(more));
  t.teardown(() => engine.stop('stopped'));
  return engine;
}

for (const { name, presentations, transports, usesThreads, platform } of ENGINE_KINDS) {
  const isHere = platform === null || platform === process.platform;
  (isHere ? test : test.skip)(`the engine ${name} can do what the table says of it`, async (t) => {
    const engine = await start(t, name);
    t.deepEqual([engine.name, engine.presentations, engine.transports], [name, presentations, transports]);
    t.is(engine.threads, usesThreads ? 2 : 0);
  });
}

test('the engine that was chosen is alive, and is not once it was stopped', async (t) => {
  const net = await start(t, 'net');
  t.true(await net.alive());
  if (!IS_LINUX) return;
  const epoll = await start(t, 'epoll');
  t.true(await epoll.alive());
  await epoll.stop('stopped');
  t.false(await epoll.alive());
});

onLinux('on Linux engines on servers of Node accept in batches, and elsewhere they do not', async (t) => {
  for (const platform of ['linux', 'darwin']) {
    const [net, http] = [await start(t, 'net', { platform }), await start(t, 'http', { platform })];
    const expected = platform === 'linux';
    t.deepEqual([net.acceptsInBatches, http.acceptsInBatches], [expected, expected]);
  }
});

test('an engine by name is all that may serve, and auto may take each', (t) => {
  const names = (preference: 'auto' | 'epoll' | 'net') => kindsOf(preference).map(({ name }) => name);
  t.deepEqual(names('auto'), ['epoll', 'net', 'http']);
  t.deepEqual(names('epoll'), ['epoll']);
  t.deepEqual(names('net'), ['net', 'http']);
});

test('rows for workers are made where an engine may have threads', (t) => {
  t.deepEqual([workerThreads('auto', 3), workerThreads('epoll', 3), workerThreads('net', 3)], [3, 3, 0]);
});

test('what the configuration says of a presentation and its engine is what the engines can', (t) => {
  const forms = new Set(ENGINE_KINDS.flatMap(({ presentations }) => presentations));
  t.true(forms.size > 4);
  for (const form of forms) {
    const options = new Set(
      ENGINE_KINDS.filter(({ presentations }) => presentations.includes(form)).map(({ option }) => option),
    );
    t.deepEqual([...options], ENGINE_OF[form] === undefined ? ['epoll', 'net'] : [ENGINE_OF[form]], form);
  }
});
