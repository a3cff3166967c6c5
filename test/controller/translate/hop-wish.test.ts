import test from 'ava';
import { listenerFromTexts } from '../../../src/config/listener-from-texts.ts';
import { createOptionsMemo } from '../../../src/controller/options-memo.ts';
import { hopWish } from '../../../src/controller/translate/hop-wish.ts';
import { translate } from '../../../src/controller/translate/translate.ts';
import type { TransparentWish } from '../../../src/controller/translate/translation.ts';
import { worldOf } from '../golden-world.ts';

const service = (at: number, present = 'transparent') => ({
  ...{ apiVersion: 'v1', kind: 'Service' },
  metadata: { name: `s${at}`, namespace: 'shop', uid: `u${at}`, annotations: { 'herald/present': present } },
  spec: {
    ...{ type: 'LoadBalancer', loadBalancerClass: 'herald/edge', ipFamilies: ['IPv4'] },
    ports: [{ name: 'main', port: 10_000 + at, protocol: 'TCP' }],
  },
});
const world = (objects: readonly unknown[]) => worldOf({ objects, options: { hopListen: ':9466' } });

test('G12: the listener of hops is one that a command line could have, and gets the same options while nothing changes', (t) => {
  const { objects, place } = world(Array.from({ length: 1000 }, (_, at) => service(at)));
  const memo = createOptionsMemo();
  const first = translate(objects, place);
  const { hop } = first;
  t.is(hop!.listener.to.length, 1000);
  const options = memo.of(hop!.listener);
  t.like(options, { name: 'hop', object: null, balance: 'named', idleTimeout: 0, overLimit: 'refuse' });
  const again = translate(objects, place);
  t.is(again.hop, hop);
  t.is(memo.of(again.hop!.listener), options);
  const { services } = objects;
  const fewer = translate({ ...objects, services: new Map([...services].slice(1)) }, place);
  t.is(fewer.hop!.listener.to.length, 999);
  t.not(memo.of(fewer.hop!.listener), options);
});

test('G12: what every object is served with is one that a command line could have', (t) => {
  const { objects, place } = world([service(1)]);
  const [listener] = translate(objects, place).listeners;
  const read = listenerFromTexts(listener!);
  t.like('options' in read ? read.options : read, {
    ...{ present: 'transparent', hops: { kind: 'instances', text: 'gateway:instances' } },
  });
});

test('G12: no port is open for hops that nobody needs', (t) => {
  const { objects, place } = world([service(1, 'v2')]);
  t.is(translate(objects, place).hop, undefined);
});

test('G12: the listener of hops is for the families of its Services, in the same order whichever comes first', (t) => {
  const wishOf = (...families: readonly (readonly (4 | 6)[])[]) =>
    hopWish(
      families
        .map((ipFamilies, at) => ({
          endpoint: `k8s:shop/s${at}:80`,
          service: { ipFamilies } as TransparentWish['service'],
        }))
        .reverse(),
      world([]).place.options,
    );
  t.deepEqual(wishOf([4])!.families, [4]);
  t.deepEqual(wishOf([6])!.families, [6]);
  t.deepEqual(wishOf([6], [4])!.families, [4, 6]);
  t.deepEqual(wishOf([])!.families, [4, 6], 'a Service that does not say');
  t.deepEqual(wishOf([4], [4], [4])!.listener.to, [
    { endpoint: 'k8s:shop/s0:80', weight: 1 },
    { endpoint: 'k8s:shop/s1:80', weight: 1 },
    { endpoint: 'k8s:shop/s2:80', weight: 1 },
  ]);
  t.is(wishOf(), null);
});
