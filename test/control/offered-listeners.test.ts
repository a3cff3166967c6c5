import test from 'ava';
import type { ResolvedListener } from '../../src/config/config.ts';
import { ENDPOINT_SLOTS } from '../../src/endpoints/endpoint-state.ts';
import { StartError } from '../../src/plan/start-error.ts';
import { COUNTER } from '../../src/shared-memory/counters.ts';
import { counterRow, listenerRows } from '../../src/shared-memory/shared-state.ts';
import { evenly } from '../config/evenly.ts';
import { A, B, createKeeper, messages, service, settled, WEB } from './keeper-parts.ts';
import { known } from './known.ts';
import { options, tcp } from './scripted-config.ts';

const listener = (name: string, parts: Partial<ResolvedListener> = {}) =>
  options({ name, listen: tcp(440), to: evenly(tcp(8001)), maxSessions: null, ...parts });

const namesOf = (listeners: readonly { readonly name: string }[]) => listeners.map(({ name }) => name);

test('what cannot be opened is left out and named, and the others are in force after one more attempt', async (t) => {
  const { keeper, plans, taken } = createKeeper();
  const all = ['a', 'b', 'c', 'd'].map((name) => listener(name));
  taken.add('b').add('d');
  t.deepEqual(
    [...(await keeper.offer(all))],
    [
      ['b', 'b is taken'],
      ['d', 'd is taken'],
    ],
  );
  t.deepEqual(namesOf(keeper.open), ['a', 'c']);
  t.is(plans.length, 2);
  taken.clear();
  t.is((await keeper.offer(all)).size, 0);
  t.deepEqual(namesOf(keeper.open), ['a', 'b', 'c', 'd']);
});

test('a listener with the same options object keeps its plan; changing one of a thousand sends one', async (t) => {
  const { keeper, plans } = createKeeper({ listenerShare: 0.25 });
  const all = Array.from({ length: 1000 }, (_, at) => listener(`n${at}`));
  await keeper.offer(all);
  const next = [...all.slice(0, 500), listener('n500', { attempts: 9 }), ...all.slice(501)];
  await keeper.offer(next);
  const [before, after] = plans.map(({ listeners }) => listeners);
  const changed = after!.filter((plan, at) => plan !== before![at]);
  t.deepEqual(namesOf(changed), ['n500']);
  t.is(changed[0]!.id, before![500]!.id);
  // One more, and one less: with a share of the capacity, the limits of the others do not depend on it.
  await keeper.offer([...next.slice(1), listener('more')]);
  t.deepEqual(namesOf(plans[2]!.listeners.filter((plan) => !after!.includes(plan))), ['more']);
});

test('a source of listeners is followed until the keeper stops', async (t) => {
  const { keeper } = createKeeper();
  let isStopped = false;
  const failed = await new Promise<ReadonlyMap<string, string>>((resolve) => {
    keeper.follow({
      start: (offer) => void offer([listener('a')]).then(resolve),
      stop: async () => {
        isStopped = true;
      },
    });
  });
  t.deepEqual([failed.size, namesOf(keeper.open)], [0, ['a']]);
  await keeper.stop();
  t.true(isStopped);
});

test('an offer of the same listeners is no plan', async (t) => {
  const { keeper, plans } = createKeeper();
  const all = [listener('a'), listener('b')];
  await keeper.offer(all);
  await keeper.offer([...all]);
  t.is(plans.length, 1);
});

test('G16: an offer of nothing closes everything, and the counters of what vanished go on for a while', async (t) => {
  const { keeper, clock, state } = createKeeper();
  await keeper.offer([listener('a'), listener('unused')]);
  for (const counter of [COUNTER.opened, COUNTER.ended]) counterRow(state, 0, 0)[counter] = 1;
  await keeper.offer([]);
  t.deepEqual([keeper.open, namesOf(keeper.gone)], [[], ['a']]);
  clock.advance(15 * 60_000);
  t.deepEqual(keeper.gone, []);
});

test('a new listener whose source does not answer holds up nobody for long, and opens without endpoints', async (t) => {
  const { keeper, maker, plans, clock, endpoints } = createKeeper();
  const first = listener('a');
  await keeper.offer([first]);
  const offered = keeper.offer([first, listener('web', { to: evenly(WEB) }), listener('c')]);
  await settled();
  clock.advance(100);
  t.is((await offered).size, 0);
  t.deepEqual(namesOf(keeper.open), ['a', 'web', 'c']);
  clock.advance(50);
  maker.of(WEB.text).tell([A]);
  await settled();
  t.deepEqual(endpoints(1), ['10.0.0.1:80']);
  t.is(plans.length, 3);
});

test('a new listener whose source answers from memory opens at once', async (t) => {
  const { keeper, maker, endpoints } = createKeeper();
  await keeper.offer([listener('a')]);
  const offered = keeper.offer([listener('web', { to: evenly(WEB) })]);
  await settled();
  maker.of(WEB.text).tell([A]);
  await offered;
  t.deepEqual(endpoints(), ['10.0.0.1:80']);
});

test('a listener that changes to a source without an answer keeps what it has until that answers', async (t) => {
  const { keeper, maker, clock, endpoints } = createKeeper();
  const other = service('other');
  const [web, more] = [listener('web'), listener('more')];
  await keeper.offer([web]);
  const offered = keeper.offer([listener('web', { to: evenly(other) }), more]);
  await settled();
  clock.advance(100);
  await offered;
  t.deepEqual([namesOf(keeper.open), endpoints()], [['web', 'more'], ['127.0.0.1:8001']]);
  clock.advance(50);
  maker.of(other.text).tell([B]);
  await settled();
  t.deepEqual(endpoints(), ['10.0.0.2:80']);
});

test('a listener does not wait for a source for ever', async (t) => {
  const { keeper, clock, endpoints, log } = createKeeper();
  await keeper.offer([listener('web')]);
  const offered = keeper.offer([listener('web', { to: evenly(WEB) })]);
  await settled();
  clock.advance(100);
  await offered;
  t.deepEqual(endpoints(), ['127.0.0.1:8001']);
  clock.advance(2000);
  await settled();
  t.deepEqual(endpoints(), []);
  t.false(messages(log).some((message) => /could not be applied/.test(message)));
});

test('an offer stops the sources that it does not name', async (t) => {
  const { keeper, maker, apply } = createKeeper();
  await apply({ listeners: [listener('web', { to: evenly(WEB) })] } as never);
  await keeper.offer([listener('other')]);
  t.false(maker.of(WEB.text).running);
});

test('too many endpoints of one listener keep neither it nor those of others from serving', async (t) => {
  const { keeper, maker, clock, endpoints, log } = createKeeper();
  const other = service('other');
  const offered = keeper.offer([
    listener('web', { to: evenly(WEB) }),
    listener('other', { to: evenly(other) }),
  ]);
  await settled();
  for (const name of [WEB.text, other.text]) maker.of(name).tell([A]);
  await offered;
  const many = Array.from({ length: ENDPOINT_SLOTS }, (_, at) =>
    known(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`),
  );
  clock.advance(50);
  maker.of(WEB.text).tell(many);
  maker.of(other.text).tell([B]);
  await settled();
  clock.advance(1000);
  await settled();
  t.deepEqual([endpoints(0), endpoints(1)], [['10.0.0.1:80'], ['10.0.0.2:80']]);
  t.is(messages(log).filter((message) => /too many endpoints/.test(message)).length, 1);
  // It follows its source again once there is room, whoever else makes the plan.
  maker.of(WEB.text).tell([B]);
  await settled();
  clock.advance(1000);
  await settled();
  t.deepEqual(endpoints(0), ['10.0.0.2:80']);
});

test('a new listener for which there is no memory is left out and named', async (t) => {
  const { keeper, maker } = createKeeper();
  const offered = keeper.offer([listener('a'), listener('web', { to: evenly(WEB) })]);
  await settled();
  const many = Array.from({ length: ENDPOINT_SLOTS }, (_, at) =>
    known(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`),
  );
  maker.of(WEB.text).tell(many);
  t.regex((await offered).get('web')!, /^too many endpoints/);
  t.deepEqual(namesOf(keeper.open), ['a']);
});

test('a refusal that is of no listener rejects the offer, and what was in force goes on', async (t) => {
  const { keeper, refuse } = createKeeper();
  await keeper.offer([listener('a')]);
  refuse(new StartError('leaving', 'the engine is draining'));
  await t.throwsAsync(keeper.offer([listener('b')]), { instanceOf: StartError, code: 'leaving' });
  t.deepEqual(namesOf(keeper.open), ['a']);
});

test('an offer that comes while listeners close changes nothing', async (t) => {
  const { keeper, plans } = createKeeper();
  await keeper.offer([listener('a')]);
  keeper.leave();
  t.is((await keeper.offer([listener('b')])).size, 0);
  t.is(plans.length, 1);
});

test('a socket that systemd passes is not for objects of the cluster', async (t) => {
  const { keeper } = createKeeper();
  const passed = { ...listener('passed'), listen: { kind: 'systemd', name: 'web' } } as const;
  const failed = await keeper.offer([listener('a'), passed]);
  t.deepEqual([[...failed.keys()], namesOf(keeper.open)], [['passed'], ['a']]);
});

test('a configuration is all or nothing, whatever was offered before', async (t) => {
  const { keeper, taken } = createKeeper();
  await keeper.offer([listener('a')]);
  taken.add('b');
  const error = await t.throwsAsync(keeper.apply({ listeners: [listener('b'), listener('c')] }), {
    instanceOf: StartError,
  });
  t.deepEqual([...error.listeners.keys()], ['b']);
  t.deepEqual(namesOf(keeper.open), ['a']);
});

test('a hundred thousand renames leave nothing behind', async (t) => {
  const { keeper, state, plans, clock } = createKeeper({ listenerShare: 0.25 });
  const kept = listener('kept');
  for (let turn = 0; turn < 200; turn++) {
    const renamed = Array.from({ length: 500 }, (_, at) => listener(`renamed-${turn}-${at}`));
    t.is((await keeper.offer([kept, ...renamed])).size, 0);
    plans.splice(0, plans.length - 1);
  }
  t.is(keeper.open.length, 501);
  t.true(listenerRows(state) < 5200, `${listenerRows(state)}`);
  t.is([...keeper.sources].length, 1);
  clock.advance(15 * 60_000);
  t.deepEqual(keeper.gone, []);
});

test('G15: no listener has more than its share of the capacity, and all together no more than the capacity', async (t) => {
  const { keeper, plans } = createKeeper({ listenerShare: 0.25 });
  const asked = [null, 900, 100, null, null, null].map((maxSessions, at) =>
    listener(`n${at}`, { maxSessions }),
  );
  await keeper.offer(asked);
  t.deepEqual(
    plans[0]!.listeners.map(({ limits }) => [limits.maxSessions, limits.maxSessionsOfAll]),
    [250, 250, 100, 250, 250, 250].map((most) => [most, 1000]),
  );
});

test('listeners beyond the most that there may be are left out and named, and those in force go first', async (t) => {
  const { keeper, plans } = createKeeper({ mostListeners: 2 });
  const all = ['c', 'd'].map((name) => listener(name));
  await keeper.offer(all);
  const failed = await keeper.offer([listener('a'), listener('b'), ...all]);
  t.deepEqual([...failed.keys()], ['a', 'b']);
  t.regex(failed.get('a')!, /^listener "a" cannot be opened: no descriptors for more than 2 listeners/);
  t.deepEqual(namesOf(keeper.open), ['c', 'd']);
  t.is(plans.length, 1, 'there is no attempt to open them');
  t.deepEqual([...(await keeper.offer([listener('a'), listener('b'), all[0]!])).keys()], ['b']);
  t.deepEqual(namesOf(keeper.open), ['a', 'c']);
});
