import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import type { EngineKind } from '../../src/control/engine-kinds.ts';
import { createEngines, type EnginesParts } from '../../src/control/engines.ts';
import type { Engine, SessionInfo } from '../../src/plan/engine.ts';
import type { ListenerPlan, Plan } from '../../src/plan/plan.ts';
import { errorOfListener, StartError, tryEach } from '../../src/plan/start-error.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';
import { listenerPlan } from '../helpers/engine-harness.ts';

/** An engine that records its calls. */
class NotedEngine implements Engine {
  readonly name: string;
  readonly presentations: Engine['presentations'];
  readonly transports = ['tcp'] as const;
  readonly threads: number;
  readonly servesInMainThread: boolean;
  acceptsInBatches = true;
  readonly told: string[] = [];
  failing = false;
  /** Names of listeners that cannot be opened. */
  readonly taken = new Set<string>();
  gone = false;
  infos: readonly Partial<SessionInfo>[] = [];

  constructor(name: string, presentations: Engine['presentations'], threads: number) {
    this.name = name;
    this.presentations = presentations;
    this.threads = threads;
    this.servesInMainThread = threads === 0;
  }

  async apply({ listeners }: Plan) {
    this.told.push(listeners.map(({ name }) => name).join(','));
    const failing = this.failing ? listeners : listeners.filter(({ name }) => this.taken.has(name));
    tryEach(failing, ({ name }) => {
      throw errorOfListener(name, new StartError('listen_failed', `${name} is taken`));
    });
    return listeners.map(({ id, name, listen }) => ({ id, name, address: listen }));
  }

  async drain() {
    this.told.push('drain');
  }

  async stop(reason: string) {
    this.told.push(reason);
  }

  async sessions() {
    return this.infos as readonly SessionInfo[];
  }

  sockets() {
    return [];
  }

  async alive() {
    return !this.gone;
  }
}

function joined(more: Partial<EnginesParts> = {}) {
  const epoll = new NotedEngine('epoll', ['none', 'v2', 'transparent'], 2);
  const net = new NotedEngine('net', ['none', 'v2'], 0);
  const http = new NotedEngine('http', ['forwarded'], 0);
  const chosen: string[] = [];
  const warnings: string[] = [];
  /** Names of engines that cannot be had. */
  const forbidden = new Set<string>();
  const kindOf = (engine: NotedEngine): EngineKind => ({
    name: engine.name,
    presentations: engine.presentations,
    transports: engine.transports,
    option: engine.name === 'epoll' ? 'epoll' : 'net',
    usesThreads: engine.threads > 0,
    platform: engine.name === 'epoll' ? 'linux' : null,
    start: async () => {
      chosen.push(engine.name);
      if (forbidden.has(engine.name)) throw new Error('the kernel forbids it');
      return engine;
    },
  });
  const started: string[] = [];
  const engines = createEngines({
    preference: 'auto',
    platform: 'linux',
    kinds: [epoll, net, http].map(kindOf),
    threads: 2,
    state: createSharedState({ workers: 2, listeners: 1, clients: 0, seed: 1 }),
    observer: { records: () => {}, fault: () => {} },
    logTlvs: [],
    sockets: null,
    started: ({ name }) => started.push(name),
    warn: (message) => warnings.push(message),
    ...more,
  });
  return { engines, epoll, net, http, chosen, started, warnings, forbidden };
}

const at = (port: number) => ({ kind: 'tcp', ip: parseIp('127.0.0.1')!, port }) as const;
const tcp = (id: number, port = 0): ListenerPlan => listenerPlan({ id, name: `tcp-${id}`, listen: at(port) });
const web = (id: number, port = 0): ListenerPlan =>
  listenerPlan({ id, name: `web-${id}`, listen: at(port), presentation: { form: 'forwarded' } });
const plan = (...listeners: ListenerPlan[]): Plan => ({ generation: 1, listeners });

test('they accept in batches where each of them does', async (t) => {
  const { engines, http } = joined();
  await engines.apply(plan(web(0), tcp(1)));
  t.true(engines.acceptsInBatches);
  http.acceptsInBatches = false;
  t.false(engines.acceptsInBatches);
});

test('each listener goes to the engine that knows its presentation, and comes back in its place', async (t) => {
  const { engines, epoll, http } = joined();
  const open = await engines.apply(plan(web(0), tcp(1), web(2)));
  t.deepEqual(
    open.map(({ name }) => name),
    ['web-0', 'tcp-1', 'web-2'],
  );
  t.deepEqual(epoll.told, ['tcp-1']);
  t.deepEqual(http.told, ['web-0,web-2']);
  t.deepEqual(engines.servedBy(0), { engine: 'http', threads: 0, why: 'it presents clients as forwarded' });
  t.deepEqual(engines.servedBy(1), { engine: 'epoll', threads: 2, why: 'this is Linux' });
  t.is(engines.name, 'epoll+http');
  t.deepEqual([engines.threads, engines.servesInMainThread], [2, true]);
  t.deepEqual(engines.presentations.toSorted(), ['forwarded', 'none', 'transparent', 'v2']);
  t.deepEqual(engines.transports, ['tcp']);
});

test('an engine is there once a listener needs it, and not before', async (t) => {
  const { engines, chosen, epoll } = joined();
  t.deepEqual(chosen, []);
  await engines.apply(plan(web(0)));
  t.deepEqual(chosen, ['http']);
  t.is(engines.name, 'http');
  t.deepEqual([engines.threads, engines.servesInMainThread, engines.presentations], [0, true, ['forwarded']]);
  await engines.apply(plan(web(0), tcp(1)));
  t.deepEqual(chosen, ['http', 'epoll']);
  await engines.apply(plan(web(0)));
  t.deepEqual(epoll.told, ['tcp-1', '']);
  t.deepEqual(chosen, ['http', 'epoll']);
});

test('a plan may be prepared: its engines are there, and it is not in force', async (t) => {
  const { engines, chosen, started, epoll } = joined();
  await engines.prepare(plan(web(0), tcp(1)));
  t.deepEqual(chosen, ['http', 'epoll']);
  t.deepEqual(started, ['http', 'epoll']);
  t.deepEqual(epoll.told, []);
  await engines.apply(plan(web(0), tcp(1)));
  t.deepEqual(chosen, ['http', 'epoll']);
  t.deepEqual(epoll.told, ['tcp-1']);
});

test('an epoll engine that can not be had is replaced by node:net where nobody asked for it', async (t) => {
  const { engines, chosen, started, warnings, forbidden } = joined();
  forbidden.add('epoll');
  await engines.apply(plan(tcp(0), tcp(1), web(2)));
  await engines.apply(plan(tcp(0), tcp(1), tcp(3)));
  t.deepEqual(chosen, ['epoll', 'net', 'http']);
  t.deepEqual(started, ['net', 'http']);
  const why = 'the epoll engine cannot be had here: the kernel forbids it';
  t.deepEqual(warnings, [`${why}; the net engine serves`]);
  t.deepEqual(engines.servedBy(3), { engine: 'net', threads: 0, why });
});

test('an epoll engine that can not be had is an error where it was asked for by name', async (t) => {
  const { engines, forbidden, warnings } = joined({ preference: 'epoll' });
  forbidden.add('epoll');
  const error = await t.throwsAsync(engines.apply(plan(tcp(0))), { instanceOf: StartError });
  t.is(error.code, 'engine_unavailable');
  t.is(error.message, 'the epoll engine cannot be had here: the kernel forbids it');
  t.is((error.cause as Error).message, 'the kernel forbids it');
  t.deepEqual(warnings, []);
});

test('where another engine had to serve, a transparent listener does not start half-working', async (t) => {
  const { engines, net, forbidden } = joined();
  forbidden.add('epoll');
  const transparent = listenerPlan({ id: 1, name: 'own', presentation: { form: 'transparent' } });
  const error = await t.throwsAsync(engines.prepare(plan(tcp(0), transparent)), { instanceOf: StartError });
  t.is(error.code, 'engine_unavailable');
  t.regex(error.message, /^listener "own" needs the epoll engine, and the epoll engine cannot be had here: /);
  t.deepEqual(net.told, []);
});

test('where one engine can not open its listeners, the other goes back to what it had', async (t) => {
  const { engines, epoll, http } = joined();
  await engines.apply(plan(tcp(0), web(1)));
  http.failing = true;
  await t.throwsAsync(engines.apply(plan(tcp(0), tcp(2), web(3))), { instanceOf: StartError });
  t.deepEqual(epoll.told, ['tcp-0', 'tcp-0,tcp-2', 'tcp-0']);
});

test('one apply tells of the listeners of all engines that cannot be opened, and closes nothing to find out', async (t) => {
  const { engines, epoll, http } = joined();
  await engines.apply(plan(tcp(0, 80), web(1, 81)));
  epoll.taken.add('tcp-2');
  http.taken.add('web-4');
  const next = plan(tcp(0, 80), tcp(2), web(3, 81), web(4), web(5));
  const error = await t.throwsAsync(engines.apply(next), { instanceOf: StartError });
  t.deepEqual([...error.listeners.keys()], ['tcp-2', 'web-4']);
  t.deepEqual(epoll.told, ['tcp-0', 'tcp-0,tcp-2']);
  // web-3 has the address of web-1, which is open: it could not be tried without closing that.
  t.deepEqual(http.told, ['web-1', 'web-1,web-4,web-5']);
  http.taken.clear();
  await t.throwsAsync(engines.apply(next), { instanceOf: StartError });
  t.deepEqual(http.told.slice(2), ['web-1,web-4,web-5', 'web-1']);
});

test('one apply names each listener that no engine can serve', async (t) => {
  const { engines } = joined({ preference: 'net' });
  const own = (id: number) => listenerPlan({ id, name: `own-${id}`, presentation: { form: 'transparent' } });
  const error = await t.throwsAsync(engines.apply(plan(own(0), tcp(1), own(2))), { instanceOf: StartError });
  t.deepEqual([...error.listeners.keys()], ['own-0', 'own-2']);
});

test('a listener can not change between engines while its address is open', async (t) => {
  const { engines, epoll } = joined();
  await engines.apply(plan(tcp(0, 8080)));
  await t.throwsAsync(engines.apply(plan(web(0, 8080))), { instanceOf: StartError, code: 'engine_change' });
  t.deepEqual(epoll.told, ['tcp-0']);
  await t.notThrowsAsync(engines.apply(plan(web(0, 8081))));
});

test('drain, stop and life are of all engines, and sessions of both, oldest first', async (t) => {
  const { engines, epoll, http } = joined();
  t.true(await engines.alive());
  await engines.apply(plan(tcp(0), web(1)));
  epoll.infos = [{ ageMs: 30 }, { ageMs: 10 }];
  http.infos = [{ ageMs: 20 }];
  t.deepEqual(
    (await engines.sessions(2)).map(({ ageMs }) => ageMs),
    [30, 20],
  );
  t.true(await engines.alive());
  http.gone = true;
  t.false(await engines.alive());
  await engines.drain();
  await engines.stop('stopped');
  for (const engine of [epoll, http]) t.deepEqual(engine.told.slice(1), ['drain', 'stopped']);
});
