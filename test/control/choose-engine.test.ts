import test, { type ExecutionContext } from 'ava';
import { chooseEngine, type EngineParts, httpEngine } from '../../src/control/choose-engine.ts';
import { StartError } from '../../src/plan/start-error.ts';
import { createSharedState, type SharedState } from '../../src/shared-memory/shared-state.ts';

const IS_LINUX = process.platform === 'linux';
const onLinux = IS_LINUX ? test : test.skip;

function parts(more: Partial<EngineParts> = {}): EngineParts {
  return {
    preference: 'auto',
    platform: process.platform,
    threads: 1,
    state: createSharedState({ workers: 1, listeners: 1, clients: 0, seed: 1 }),
    observer: { records: () => {}, fault: () => {} },
    logTlvs: [],
    ...more,
  };
}

/** A machine on which no worker thread comes up. */
const broken = (): SharedState => ({
  ...createSharedState({ workers: 1, listeners: 1, clients: 0, seed: 1 }),
  busyMs: null as unknown as Float64Array,
});

async function choose(t: ExecutionContext, more: Partial<EngineParts>) {
  const choice = await chooseEngine(parts(more));
  t.teardown(() => choice.engine.stop('stopped'));
  return { name: choice.engine.name, why: choice.why, fallback: choice.fallback };
}

for (const platform of ['linux', 'darwin']) {
  test(`on ${platform} node:net serves where it was asked for`, async (t) => {
    t.deepEqual(await choose(t, { preference: 'net', platform }), {
      name: 'net',
      why: 'it was asked for',
      fallback: false,
    });
  });
}

onLinux('on Linux engines on servers of Node accept in batches, and elsewhere they do not', async (t) => {
  for (const platform of ['linux', 'darwin']) {
    const { engine } = await chooseEngine(parts({ preference: 'net', platform }));
    const http = await httpEngine(parts({ platform }));
    t.teardown(() => Promise.all([engine.stop('stopped'), http.stop('stopped')]).then(() => {}));
    const expected = platform === 'linux';
    t.deepEqual([engine.acceptsInBatches, http.acceptsInBatches], [expected, expected]);
  }
});

test('where there is no epoll node:net serves, and that is nothing to be warned of', async (t) => {
  t.deepEqual(await choose(t, { platform: 'darwin' }), {
    name: 'net',
    why: 'there is no epoll on darwin',
    fallback: false,
  });
});

test('epoll by name is an error where there is none', async (t) => {
  const error = await t.throwsAsync(() => choose(t, { preference: 'epoll', platform: 'win32' }), {
    instanceOf: StartError,
  });
  t.is(error.code, 'engine_unavailable');
  t.regex(error.message, /for Linux only/);
});

onLinux('on Linux epoll serves, and says whether somebody asked for it', async (t) => {
  t.deepEqual(await choose(t, {}), { name: 'epoll', why: 'this is Linux', fallback: false });
  t.deepEqual(await choose(t, { preference: 'epoll' }), {
    name: 'epoll',
    why: 'it was asked for',
    fallback: false,
  });
});

onLinux(
  'an epoll engine that can not be had is replaced by node:net where nobody asked for it',
  async (t) => {
    const { name, why, fallback } = await choose(t, { state: broken() });
    t.deepEqual([name, fallback], ['net', true]);
    t.regex(why, /^the epoll engine can not be had here: .+/);
  },
);

onLinux('an epoll engine that can not be had is an error where it was asked for by name', async (t) => {
  const error = await t.throwsAsync(() => choose(t, { preference: 'epoll', state: broken() }), {
    instanceOf: StartError,
  });
  t.is(error.code, 'engine_unavailable');
  t.regex(error.message, /^the epoll engine can not be had here: .+/);
  t.truthy(error.cause);
});

test('the engine that was chosen is alive, and is not once it was stopped', async (t) => {
  const { engine } = await chooseEngine(parts());
  t.true(await engine.alive());
  await engine.stop('stopped');
  if (engine.name === 'epoll') t.false(await engine.alive());
});
