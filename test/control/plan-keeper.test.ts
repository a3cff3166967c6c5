import test, { type ExecutionContext } from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { ipSetHas } from '../../src/address/ip-set.ts';
import type { Config, ListenerOptions, SourceName } from '../../src/config/config.ts';
import { PlanKeeper } from '../../src/control/plan-keeper.ts';
import { RowTable } from '../../src/control/row-table.ts';
import type { Engine } from '../../src/plan/engine.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { StartError } from '../../src/plan/start-error.ts';
import { createSharedState } from '../../src/shared-memory/shared-state.ts';
import { createManualClock } from '../observe/manual-clock.ts';
import { createMemoryLog } from '../observe/memory-log.ts';
import { service as facts, known } from './known.ts';
import { options, tcp } from './scripted-config.ts';
import { scriptedMaker } from './scripted-source.ts';

const service = (name: string): SourceName => {
  return { kind: 'k8s', text: `k8s:shop/${name}:80`, namespace: 'shop', service: name, port: '80' };
};
const WEB = service('web');
const A = known('10.0.0.1');
const B = known('10.0.0.2');

const config = (...listeners: readonly Partial<ListenerOptions>[]): Config =>
  ({
    listeners: listeners.map((parts, at) => options({ listen: tcp(440 + at), ...parts })),
  }) as unknown as Config;

/** A keeper before an engine that notes its plans; `refuse` makes it reject the next one. */
function create() {
  const plans: Plan[] = [];
  let refused: Error | null = null;
  const held: (() => void)[] = [];
  let isHeld = false;
  const engine = {
    apply: async (plan: Plan) => {
      plans.push(plan);
      if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
      if (refused !== null) {
        const error = refused;
        refused = null;
        throw error;
      }
      return plan.listeners.map(({ id, name, listen }) => ({ id, name, address: listen }));
    },
  } as unknown as Engine;
  const log = createMemoryLog();
  const clock = createManualClock();
  const maker = scriptedMaker();
  const state = createSharedState({ workers: 1, listeners: 8, clients: 0, seed: 1 });
  const keeper = new PlanKeeper({
    engine,
    rows: new RowTable(state),
    maker,
    log,
    clock,
    capacity: 1000,
    place: { node: 'node-a', zone: null },
    accessLog: 'none',
    prepare: async () => {},
    facts: () => ({}),
  });
  /** Takes a configuration whose sources have all answered with these. */
  const take = async (next: Config, endpoints = [A]) => {
    const taken = keeper.take(next);
    await Promise.race([taken, settled()]);
    for (const source of maker.made.values()) if (!source.state.synced) source.tell(endpoints);
    await taken;
    await settled();
  };
  const endpoints = (at = 0) => plans.at(-1)!.listeners[at]!.snapshot.endpoints.map(({ text }) => text);
  return {
    ...{ keeper, maker, plans, log, clock, take, endpoints, state },
    refuse: (error: Error) => {
      refused = error;
    },
    hold: () => {
      isHeld = true;
    },
    release: async () => {
      isHeld = false;
      for (const done of held.splice(0)) done();
      await settled();
    },
  };
}

/** Everything that waits for nothing but its turn has had it. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
const messages = ({ lines }: ReturnType<typeof createMemoryLog>) => lines.map(({ message }) => message);

test('a start waits for its sources, and its first plan has their endpoints', async (t) => {
  const { keeper, maker, plans, endpoints } = create();
  const taken = keeper.take(config({ to: [WEB, tcp(8001)] }));
  await settled();
  t.is(plans.length, 0);
  maker.of(WEB.text).tell([A]);
  await taken;
  t.deepEqual(endpoints(), ['10.0.0.1:80', '127.0.0.1:8001']);
  t.true(keeper.answered);
  t.is(plans.length, 1);
});

test('a Service that can not be had keeps nobody waiting for long, and the others serve', async (t) => {
  const { keeper, maker, plans, clock } = create();
  const taken = keeper.take(config({ name: 'web', to: [WEB] }, { name: 'other', to: [tcp(8001)] }));
  await settled();
  clock.advance(2000);
  await taken;
  t.deepEqual(
    plans[0]!.listeners.map(({ snapshot }) => snapshot.endpoints.length),
    [0, 1],
  );
  t.is(keeper.open.length, 2);
  t.false(keeper.answered);
  maker.of(WEB.text).tell([]);
  t.true(keeper.answered);
});

test('the first event is a plan at once, and those soon after it are one more', async (t) => {
  const { maker, plans, clock, take, endpoints } = create();
  await take(config({ to: [WEB] }));
  const source = maker.of(WEB.text);
  clock.advance(1000);
  source.tell([A, B]);
  await settled();
  t.is(plans.length, 2);
  for (const ip of ['10.0.0.3', '10.0.0.4', '10.0.0.5']) {
    clock.advance(10);
    source.tell([known(ip)]);
    await settled();
  }
  t.is(plans.length, 2);
  clock.advance(20);
  await settled();
  t.is(plans.length, 3);
  t.deepEqual(endpoints(), ['10.0.0.5:80']);
});

test('an event makes anew only the listeners that it is about', async (t) => {
  const { maker, plans, take } = create();
  const other = service('other');
  await take(
    config({ name: 'one', to: [WEB] }, { name: 'two', to: [other] }, { name: 'three', to: [tcp(8001)] }),
  );
  maker.of(other.text).tell([B]);
  await settled();
  const [before, after] = [plans.at(-2)!.listeners, plans.at(-1)!.listeners];
  t.deepEqual(
    after.map((plan, at) => plan === before[at]),
    [true, false, true],
  );
});

test('two listeners of one Service share its source, and both follow it', async (t) => {
  const { maker, take, endpoints } = create();
  await take(config({ name: 'one', to: [WEB] }, { name: 'two', to: [WEB] }));
  t.is(maker.made.size, 1);
  maker.of(WEB.text).tell([B]);
  await settled();
  t.deepEqual([endpoints(0), endpoints(1)], [['10.0.0.2:80'], ['10.0.0.2:80']]);
});

test('an event that changes nothing for the workers is no plan', async (t) => {
  const { maker, plans, take, keeper } = create();
  await take(config({ to: [WEB] }));
  maker.of(WEB.text).tell([A, known('10.0.0.9', { ready: false, serving: false })]);
  await settled();
  t.is(plans.length, 1);
  t.is(keeper.listeners[0]?.pool.endpoints.length, 2);
});

test('a trust list that names a Service follows its addresses', async (t) => {
  const { maker, plans, take } = create();
  const edge: SourceName = { kind: 'dns', text: 'dns:edge', host: 'edge', port: 0 };
  await take(config({ trust: { cidrs: [], unix: false, names: [edge] } }), [A]);
  const trusts = (ip: string) => ipSetHas(plans.at(-1)!.listeners[0]!.admission.trust, parseIp(ip)!);
  t.deepEqual([trusts('10.0.0.1'), trusts('10.0.0.2')], [true, false]);
  maker.of('dns:edge').tell([B]);
  await settled();
  t.deepEqual([trusts('10.0.0.1'), trusts('10.0.0.2')], [false, true]);
  t.is(plans.at(-1)!.listeners[0]!.snapshot, plans[0]!.listeners[0]!.snapshot);
});

test('so does a list of proxies whose own X-Forwarded-For is believed', async (t) => {
  const { maker, plans, take } = create();
  const edge: SourceName = { kind: 'dns', text: 'dns:edge', host: 'edge', port: 0 };
  await take(config({ forwardedTrust: { cidrs: [], unix: false, names: [edge] } }), [A]);
  const [plan] = plans[0]!.listeners;
  const believes = (ip: string) =>
    ipSetHas(plans.at(-1)!.listeners[0]!.presentation.forwardedTrust, parseIp(ip)!);
  t.deepEqual([believes('10.0.0.1'), believes('10.0.0.2')], [true, false]);
  maker.of('dns:edge').tell([B]);
  await settled();
  t.deepEqual([believes('10.0.0.1'), believes('10.0.0.2')], [false, true]);
  t.is(plans.at(-1)!.listeners[0]!.admission.trust, plan!.admission.trust);
});

test('a reload starts the sources that it names, and stops those that it does not', async (t) => {
  const { maker, take, endpoints } = create();
  await take(config({ to: [WEB] }));
  const other = service('other');
  await take(config({ to: [other] }), [B]);
  t.deepEqual([maker.of(WEB.text).running, maker.of(other.text).running], [false, true]);
  t.deepEqual(endpoints(), ['10.0.0.2:80']);
});

test('a listener that changes to a Service keeps what it has until that has answered', async (t) => {
  const { keeper, maker, plans, take, endpoints } = create();
  await take(config({ to: [tcp(8001)] }));
  const taken = keeper.take(config({ to: [WEB] }));
  await settled();
  t.is(plans.length, 1);
  maker.of(WEB.text).tell([A]);
  await taken;
  t.deepEqual(endpoints(), ['10.0.0.1:80']);
});

test('a reload that can not be taken leaves sources, listeners and slots as they were', async (t) => {
  const { keeper, maker, take, refuse, clock, endpoints } = create();
  await take(config({ to: [WEB] }));
  const before = keeper.listeners;
  refuse(new StartError('listen_failed', 'the port is taken'));
  const other = service('other');
  await t.throwsAsync(() => take(config({ to: [other] }), [B]), { instanceOf: StartError });
  t.is(keeper.listeners[0]?.plan, before[0]?.plan);
  t.deepEqual([maker.of(WEB.text).running, maker.of(other.text).running], [true, false]);
  clock.advance(100);
  maker.of(WEB.text).tell([A, B]);
  await settled();
  t.deepEqual(endpoints(), ['10.0.0.1:80', '10.0.0.2:80']);
});

test('an event during a reload comes after it, and a reload during an event too', async (t) => {
  const { maker, plans, take, hold, release, keeper, endpoints } = create();
  await take(config({ to: [WEB] }));
  hold();
  maker.of(WEB.text).tell([B]);
  const taken = keeper.take(config({ to: [WEB], attempts: 9 }));
  await settled();
  t.is(plans.length, 2);
  await release();
  await taken;
  t.is(plans.length, 3);
  t.is(plans.at(-1)!.listeners[0]!.attempts, 9);
  t.deepEqual(endpoints(), ['10.0.0.2:80']);
});

test('a reload that comes while another one waits for its sources comes after it', async (t) => {
  const { keeper, maker, take, endpoints } = create();
  await take(config({ to: [tcp(8001)] }));
  const first = keeper.take(config({ to: [WEB] }));
  const second = keeper.take(config({ to: [tcp(8002)] }));
  await settled();
  maker.of(WEB.text).tell([A]);
  await Promise.all([first, second]);
  t.deepEqual(endpoints(), ['127.0.0.1:8002']);
  t.false(maker.of(WEB.text).running);
});

test('a source that never answers holds up the reload that brings it, and no later one', async (t) => {
  const { keeper, plans, take, clock } = create();
  await take(config({ name: 'one', to: [tcp(8001)] }));
  const both = [
    { name: 'one', to: [tcp(8001)] },
    { name: 'two', to: [WEB] },
  ];
  const first = keeper.take(config(...both));
  await settled();
  clock.advance(2000);
  await first;
  await keeper.take(config(...both, { name: 'three', to: [tcp(8003)] }));
  t.is(plans.at(-1)!.listeners.length, 3);
});

test('endpoints that could not be taken are a line of the log, and the next ones are', async (t) => {
  const { maker, take, refuse, log, clock, endpoints } = create();
  await take(config({ to: [WEB] }));
  refuse(new StartError('too_many_endpoints', 'there is room for 65536 endpoints'));
  maker.of(WEB.text).tell([A, B]);
  await settled();
  t.true(messages(log).includes('endpoints that changed could not be taken'));
  clock.advance(100);
  maker.of(WEB.text).tell([B]);
  await settled();
  t.deepEqual(endpoints(), ['10.0.0.2:80']);
});

test('a pool that runs empty is told once, and so is that it is not any more', async (t) => {
  const { maker, take, log, clock } = create();
  await take(config({ to: [WEB], trafficPolicy: 'Local' }), [known('10.0.0.1', { node: 'node-a' })]);
  const source = maker.of(WEB.text);
  for (const endpoints of [[B], [B, known('10.0.0.3')], [], [known('10.0.0.1', { node: 'node-a' })]]) {
    clock.advance(100);
    source.tell(endpoints);
    await settled();
  }
  t.deepEqual(
    messages(log).filter((message) => message.includes('usable')),
    [
      'no endpoint of this node is usable, though there are some elsewhere',
      'there are usable endpoints again',
    ],
  );
});

test('O1: ranges of a Service that is followed reach the plan as they come, change and go, without a reload', async (t) => {
  const { maker, plans, take, clock } = create();
  await take(config({ to: [WEB], trafficPolicy: 'service' }));
  const allows = (text: string) => {
    const { allow } = plans.at(-1)!.listeners[0]!.admission;
    return allow === null || ipSetHas(allow, parseIp(text)!);
  };
  const tell = async (...sourceRanges: string[]) => {
    clock.advance(100);
    maker.of(WEB.text).tell([A], { service: facts(sourceRanges.length > 0 ? { sourceRanges } : {}) });
    await settled();
    return [allows('10.1.2.3'), allows('192.0.2.1'), plans.length];
  };
  t.deepEqual([allows('10.1.2.3'), plans.length], [true, 1]);
  t.deepEqual(await tell('10.0.0.0/8'), [true, false, 2]);
  t.deepEqual(await tell('10.0.0.0/8'), [true, false, 2]);
  t.deepEqual(await tell('192.0.2.0/24'), [false, true, 3]);
  t.deepEqual(await tell(), [true, true, 4]);
});

test('a Service that can not be read is told where its word is asked for, once', async (t) => {
  const { maker, take, log, clock } = create();
  await take(config({ to: [WEB], trafficPolicy: 'service', affinity: { kind: 'service' } }));
  for (const endpoints of [[A, B], [B]]) {
    clock.advance(100);
    maker.of(WEB.text).tell(endpoints);
    await settled();
  }
  t.deepEqual(
    messages(log).filter((message) => message.includes('read')),
    ['the Service cannot be read: using trafficPolicy Cluster and affinity none until it can'],
  );
});

test('once it leaves no event is a plan any more, and once it has stopped no source runs', async (t) => {
  const { keeper, maker, plans, take } = create();
  await take(config({ to: [WEB] }));
  keeper.leave();
  t.deepEqual(keeper.open, []);
  maker.of(WEB.text).tell([B]);
  await settled();
  t.is(plans.length, 1);
  await keeper.stop();
  t.false(maker.of(WEB.text).running);
});

test('a configuration that waits for its sources is not taken once the listeners are about to close', async (t) => {
  const { keeper, maker, plans, take, clock } = create();
  await take(config({ to: [tcp(8001)] }));
  const taken = keeper.take(config({ to: [WEB] }));
  await settled();
  keeper.leave();
  clock.advance(2000);
  await t.throwsAsync(taken, { instanceOf: StartError, message: /is draining/ });
  t.is(plans.length, 1);
  t.deepEqual(keeper.open, []);
  t.false(maker.of(WEB.text).running);
  await t.throwsAsync(keeper.take(config({ to: [tcp(8002)] })), { instanceOf: StartError });
  t.is(plans.length, 1);
});

test('what a source remarks is a line of the log with its name', async (t: ExecutionContext) => {
  const { maker, take, log } = create();
  await take(config({ to: [WEB] }));
  maker.of(WEB.text).remark({ level: 'warn', code: 'away', message: 'the API is away' });
  t.deepEqual(log.lines.at(-1), {
    level: 'warn',
    fields: { source: WEB.text, code: 'away' },
    message: 'the API is away',
  });
});
