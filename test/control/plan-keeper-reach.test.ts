import test from 'ava';
import type { EndpointReach } from '../../src/endpoints/node-reach.ts';
import { evenly } from '../config/evenly.ts';
import { config, createKeeper, HOPS, settled, WEB } from './keeper-parts.ts';
import { known } from './known.ts';
import { scriptedReach } from './scripted-reach.ts';

const A = known('10.0.0.1', { node: 'node-a' });
const B = known('10.0.0.2', { node: 'node-b' });
const HOP_B = known('192.0.2.2', { node: 'node-b' });
/** Events make a plan at most every 50 ms. */
const planned = async (clock: ReturnType<typeof createKeeper>['clock']) => {
  await settled();
  clock.advance(50);
  await settled();
};
const TRANSPARENT = { name: 'web', present: 'transparent', to: evenly(WEB), hops: HOPS } as const;
const PLAIN = { name: 'plain', present: 'v2', to: evenly(WEB) } as const;

test('a change of reach builds the listeners that present transparent again, and no others', async (t) => {
  const said: { [node: string]: EndpointReach } = {};
  const { keeper, plans, apply, endpoints, clock } = createKeeper({ reach: scriptedReach('node-a', said) });
  await apply(config(TRANSPARENT, PLAIN), [A]);
  await planned(clock);
  t.deepEqual([endpoints(0), endpoints(1)], [['10.0.0.1:80'], ['10.0.0.1:80']]);
  const before = plans.at(-1)!;
  said['node-a'] = 'incapable';
  keeper.reachChanged();
  await planned(clock);
  t.deepEqual([endpoints(0), endpoints(1)], [[], ['10.0.0.1:80']]);
  t.is(plans.at(-1)!.listeners[1], before.listeners[1]);
  t.is(plans.at(-1)!.listeners[0]!.snapshot.empty, 'no_capable_node');
});

test('a change of reach that makes no difference is no plan, and several in a row are one', async (t) => {
  const said: { [node: string]: EndpointReach } = {};
  const { keeper, plans, apply, clock } = createKeeper({ reach: scriptedReach('node-a', said) });
  keeper.reachChanged();
  await apply(config(TRANSPARENT), [A]);
  await planned(clock);
  const { length } = plans;
  keeper.reachChanged();
  await planned(clock);
  t.is(plans.length, length);
  for (const reach of ['incapable', 'direct', 'incapable'] as const) {
    said['node-a'] = reach;
    keeper.reachChanged();
  }
  await planned(clock);
  t.is(plans.length, length + 1);
});

test('the source of hops is followed: what it says later is another plan', async (t) => {
  const { keeper, maker, plans, apply, endpoints, clock } = createKeeper({ reach: scriptedReach('node-a') });
  await apply(config(TRANSPARENT), [A]);
  maker.of(WEB.text).tell([A, B]);
  await planned(clock);
  t.deepEqual(endpoints(), ['10.0.0.1:80']);
  t.deepEqual(
    keeper.listeners[0]!.sources.map(({ name }) => name),
    [WEB.text],
  );
  maker.of(HOPS.text).tell([HOP_B]);
  await planned(clock);
  t.deepEqual(endpoints(), ['10.0.0.1:80', '10.0.0.2:80']);
  t.deepEqual(plans.at(-1)!.listeners[0]!.snapshot.endpoints[1]!.hop, { ip: HOP_B.ip, port: 80 });
});
