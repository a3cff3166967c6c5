import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { createEngines } from '../../src/control/engines.ts';
import type { Engine, SessionInfo } from '../../src/plan/engine.ts';
import type { ListenerPlan, Plan } from '../../src/plan/plan.ts';
import { StartError } from '../../src/plan/start-error.ts';
import { listenerPlan } from '../helpers/engine-harness.ts';

/** An engine that records its calls. */
class NotedEngine implements Engine {
  readonly name: string;
  readonly presentations: Engine['presentations'];
  readonly threads: number;
  readonly servesInMainThread: boolean;
  acceptsInBatches = true;
  readonly told: string[] = [];
  failing = false;
  gone = false;
  infos: readonly Partial<SessionInfo>[] = [];

  constructor(name: 'epoll' | 'http') {
    this.name = name;
    this.presentations = name === 'http' ? ['forwarded'] : ['none', 'v2'];
    this.threads = name === 'http' ? 0 : 2;
    this.servesInMainThread = name === 'http';
  }

  async apply({ listeners }: Plan) {
    this.told.push(listeners.map(({ name }) => name).join(','));
    if (this.failing) throw new StartError('listen_failed', 'taken');
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

  async alive() {
    return !this.gone;
  }
}

function joined() {
  const epoll = new NotedEngine('epoll');
  const http = new NotedEngine('http');
  const chosen: string[] = [];
  const engines = createEngines({
    choose: async () => {
      chosen.push('epoll');
      return { engine: epoll, why: 'this is Linux', fallback: false };
    },
    createHttp: async () => {
      chosen.push('http');
      return http;
    },
  });
  return { engines, epoll, http, chosen };
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
  t.deepEqual(engines.presentations.toSorted(), ['forwarded', 'none', 'v2']);
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

test('the engine that serves all but forwarded listeners is there for whoever asks, and is the same', async (t) => {
  const { engines, chosen, epoll } = joined();
  await engines.apply(plan(web(0)));
  t.is(await engines.relaying(), epoll);
  await engines.apply(plan(web(0), tcp(1)));
  t.is(await engines.relaying(), epoll);
  t.deepEqual(chosen, ['http', 'epoll']);
  t.deepEqual(epoll.told, ['tcp-1']);
});

test('where one engine can not open its listeners, the other goes back to what it had', async (t) => {
  const { engines, epoll, http } = joined();
  await engines.apply(plan(tcp(0), web(1)));
  http.failing = true;
  await t.throwsAsync(engines.apply(plan(tcp(0), tcp(2), web(3))), { instanceOf: StartError });
  t.deepEqual(epoll.told, ['tcp-0', 'tcp-0,tcp-2', 'tcp-0']);
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
