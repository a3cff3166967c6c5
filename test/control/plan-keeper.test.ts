import test from 'ava';
import { StartError } from '../../src/plan/start-error.ts';
import { evenly } from '../config/evenly.ts';
import { A, B, config, createKeeper, service, settled, WEB } from './keeper-parts.ts';
import { tcp } from './scripted-config.ts';

test('a start waits for its sources, and its first plan has their endpoints', async (t) => {
  const { keeper, maker, plans, endpoints } = createKeeper();
  const applied = keeper.apply(config({ to: evenly(WEB, tcp(8001)) }));
  await settled();
  t.is(plans.length, 0);
  maker.of(WEB.text).tell([A]);
  await applied;
  t.deepEqual(endpoints(), ['10.0.0.1:80', '127.0.0.1:8001']);
  t.true(keeper.answered);
  t.is(plans.length, 1);
});

test('a Service that can not be had keeps nobody waiting for long, and the others serve', async (t) => {
  const { keeper, maker, plans, clock } = createKeeper();
  const applied = keeper.apply(
    config({ name: 'web', to: evenly(WEB) }, { name: 'other', to: evenly(tcp(8001)) }),
  );
  await settled();
  clock.advance(2000);
  await applied;
  t.deepEqual(
    plans[0]!.listeners.map(({ snapshot }) => snapshot.endpoints.length),
    [0, 1],
  );
  t.is(keeper.open.length, 2);
  t.false(keeper.answered);
  maker.of(WEB.text).tell([]);
  t.true(keeper.answered);
});

test('a reload starts the sources that it names, and stops those that it does not', async (t) => {
  const { maker, apply, endpoints } = createKeeper();
  await apply(config({ to: evenly(WEB) }));
  const other = service('other');
  await apply(config({ to: evenly(other) }), [B]);
  t.deepEqual([maker.of(WEB.text).running, maker.of(other.text).running], [false, true]);
  t.deepEqual(endpoints(), ['10.0.0.2:80']);
});

test('a listener that changes to a Service keeps what it has until that has answered', async (t) => {
  const { keeper, maker, plans, apply, endpoints } = createKeeper();
  await apply(config({ to: evenly(tcp(8001)) }));
  const applied = keeper.apply(config({ to: evenly(WEB) }));
  await settled();
  t.is(plans.length, 1);
  maker.of(WEB.text).tell([A]);
  await applied;
  t.deepEqual(endpoints(), ['10.0.0.1:80']);
});

test('a reload that can not be taken leaves sources, listeners and slots as they were', async (t) => {
  const { keeper, maker, apply, refuse, clock, endpoints } = createKeeper();
  await apply(config({ to: evenly(WEB) }));
  const before = keeper.listeners;
  refuse(new StartError('listen_failed', 'the port is taken'));
  const other = service('other');
  await t.throwsAsync(() => apply(config({ to: evenly(other) }), [B]), { instanceOf: StartError });
  t.is(keeper.listeners[0]?.plan, before[0]?.plan);
  t.deepEqual([maker.of(WEB.text).running, maker.of(other.text).running], [true, false]);
  clock.advance(100);
  maker.of(WEB.text).tell([A, B]);
  await settled();
  t.deepEqual(endpoints(), ['10.0.0.1:80', '10.0.0.2:80']);
});

test('an event during a reload comes after it, and a reload during an event too', async (t) => {
  const { maker, plans, apply, hold, release, keeper, endpoints } = createKeeper();
  await apply(config({ to: evenly(WEB) }));
  hold();
  maker.of(WEB.text).tell([B]);
  const applied = keeper.apply(config({ to: evenly(WEB), attempts: 9 }));
  await settled();
  t.is(plans.length, 2);
  await release();
  await applied;
  t.is(plans.length, 3);
  t.is(plans.at(-1)!.listeners[0]!.attempts, 9);
  t.deepEqual(endpoints(), ['10.0.0.2:80']);
});

test('a reload that comes while another one waits for its sources comes after it', async (t) => {
  const { keeper, maker, apply, endpoints } = createKeeper();
  await apply(config({ to: evenly(tcp(8001)) }));
  const first = keeper.apply(config({ to: evenly(WEB) }));
  const second = keeper.apply(config({ to: evenly(tcp(8002)) }));
  await settled();
  maker.of(WEB.text).tell([A]);
  await Promise.all([first, second]);
  t.deepEqual(endpoints(), ['127.0.0.1:8002']);
  t.false(maker.of(WEB.text).running);
});

test('a source that never answers holds up the reload that brings it, and no later one', async (t) => {
  const { keeper, plans, apply, clock } = createKeeper();
  await apply(config({ name: 'one', to: evenly(tcp(8001)) }));
  const both = [
    { name: 'one', to: evenly(tcp(8001)) },
    { name: 'two', to: evenly(WEB) },
  ];
  const first = keeper.apply(config(...both));
  await settled();
  clock.advance(2000);
  await first;
  await keeper.apply(config(...both, { name: 'three', to: evenly(tcp(8003)) }));
  t.is(plans.at(-1)!.listeners.length, 3);
});

test('once it leaves no event is a plan any more, and once it has stopped no source runs', async (t) => {
  const { keeper, maker, plans, apply } = createKeeper();
  await apply(config({ to: evenly(WEB) }));
  keeper.leave();
  t.deepEqual(keeper.open, []);
  maker.of(WEB.text).tell([B]);
  await settled();
  t.is(plans.length, 1);
  await keeper.stop();
  t.false(maker.of(WEB.text).running);
});

test('a configuration that waits for its sources is not taken once the listeners are about to close', async (t) => {
  const { keeper, maker, plans, apply, clock } = createKeeper();
  await apply(config({ to: evenly(tcp(8001)) }));
  const applied = keeper.apply(config({ to: evenly(WEB) }));
  await settled();
  keeper.leave();
  clock.advance(2000);
  await t.throwsAsync(applied, { instanceOf: StartError, message: /is draining/ });
  t.is(plans.length, 1);
  t.deepEqual(keeper.open, []);
  t.false(maker.of(WEB.text).running);
  await t.throwsAsync(keeper.apply(config({ to: evenly(tcp(8002)) })), { instanceOf: StartError });
  t.is(plans.length, 1);
});
