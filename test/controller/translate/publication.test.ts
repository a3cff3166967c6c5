import test from 'ava';
import fc from 'fast-check';
import type { GatewayOptions } from '../../../src/config/gateway-options.ts';
import type { InstanceFacts } from '../../../src/controller/objects/cluster-objects.ts';
import { choosePublished, publication } from '../../../src/controller/translate/publication.ts';
import type { PublishedAddress } from '../../../src/controller/translate/translation.ts';
import { objectsOf } from '../golden-world.ts';

const NODES = { options: { publish: { kind: 'nodes' } } } as const;

function node(name: string, ...addresses: string[]) {
  return {
    kind: 'Node',
    metadata: { name },
    status: {
      conditions: [{ type: 'Ready', status: 'True' }],
      addresses: addresses.map((address) => ({ type: 'InternalIP', address })),
    },
  };
}

function published(
  instances: readonly ({ readonly name: string } & Partial<InstanceFacts>)[],
  nodes: readonly unknown[],
  last: readonly PublishedAddress[] = [],
  options: Pick<GatewayOptions, 'publish'> = NODES.options,
) {
  const objects = objectsOf({ objects: nodes, instances });
  return publication({ ...objects, options }, last);
}

function address(text: string, more: Partial<PublishedAddress> = {}): PublishedAddress {
  return { address: text, kind: 'ip', node: null, failedPorts: [], bypassedPorts: [], ...more };
}

test('G5b: if all would drop out the last set stays, and says so for an alert, until one qualifies again', (t) => {
  const last = [address('10.0.0.1', { node: 'a' })];
  const lost = published([{ name: 'a', node: 'a', isFresh: false }], [node('a', '10.0.0.1')], last);
  t.is(lost.addresses, last);
  t.regex(lost.keptBecause!, /no node with a Herald qualifies/);
  t.is(published([], [], last).addresses, last);
  const back = published([{ name: 'b', node: 'b' }], [node('b', '10.0.0.2')], last);
  t.deepEqual(back, { addresses: [address('10.0.0.2', { node: 'b' })], keptBecause: null });
  t.deepEqual(published([], []), { addresses: [], keptBecause: null });
});

test('G5b: while two instances of a node overlap, a port counts as open if either has it', (t) => {
  const { addresses } = published(
    [
      { name: 'old', node: 'a', failedPorts: [443, 80] },
      { name: 'new', node: 'a', failedPorts: [443, 8443] },
      { name: 'gone', node: 'a', isDraining: true },
    ],
    [node('a', '10.0.0.1')],
  );
  t.deepEqual(addresses, [address('10.0.0.1', { node: 'a', failedPorts: [443] })]);
});

test('G5: what fresh instances saw lead past Herald is noted at the address, whatever it is of', (t) => {
  const instances = [
    { name: 'a', bypassed: ['192.0.2.1:443', '[2001:DB8::1]:80', 'nonsense', ':1', '192.0.2.1:x'] },
    { name: 'b', bypassed: ['192.0.2.1:80', '192.0.2.1:443'] },
    { name: 'c', bypassed: ['192.0.2.1:25'], isFresh: false },
  ];
  const addresses = ['192.0.2.1', '2001:db8::1', 'lb.example.com', '192.0.2.1'];
  const found = published(instances, [], [], { publish: { kind: 'addresses', addresses } });
  t.deepEqual(found.addresses, [
    address('192.0.2.1', { bypassedPorts: [80, 443] }),
    address('2001:db8::1', { bypassedPorts: [80] }),
    address('lb.example.com', { kind: 'hostname' }),
  ]);
});

test('G13: with --address-class alone nothing is published of its own', (t) => {
  t.deepEqual(
    published([{ name: 'a', node: 'a' }], [node('a', '10.0.0.1')], [], { publish: null }).addresses,
    [],
  );
});

test('an address is published once, also if two nodes say that it is theirs', (t) => {
  const instances = [
    { name: 'b', node: 'b' },
    { name: 'a', node: 'a' },
  ];
  const { addresses } = published(instances, [node('b', '10.0.0.1'), node('a', '10.0.0.1')]);
  t.deepEqual(addresses, [address('10.0.0.1', { node: 'a' })]);
});

const some = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 255 }), fc.boolean()), { maxLength: 80, selector: String })
  .map((all) => all.map(([last, isV6]) => address(isV6 ? `fd00::${last.toString(16)}` : `10.0.0.${last}`)));

test('G5: never more than --publish-max are chosen, none is wasted, and families share the room', (t) => {
  fc.assert(
    fc.property(some, fc.integer({ min: 1, max: 20 }), (all, max) => {
      const chosen = choosePublished(all, [6, 4], max);
      t.is(chosen.length, Math.min(max, all.length));
      t.is(new Set(chosen).size, chosen.length);
      const count = (of: readonly PublishedAddress[]) =>
        of.filter(({ address: ip }) => ip.includes(':')).length;
      t.true(count(chosen) >= Math.min(count(all), Math.floor(max / 2)));
      t.true(chosen.length - count(chosen) >= Math.min(all.length - count(all), Math.floor(max / 2)));
    }),
  );
});

test('G5: one node more or less changes one address of a family at most', (t) => {
  fc.assert(
    fc.property(some, fc.integer({ min: 1, max: 20 }), fc.nat(), (all, max, which) => {
      const ofOne = all.filter(({ address: ip }) => !ip.includes(':'));
      const before = choosePublished(ofOne, [4], max);
      const left = ofOne.filter((_, at) => at !== which % Math.max(ofOne.length, 1));
      const after = choosePublished(left, [4], max);
      t.true(before.filter((each) => !after.includes(each)).length <= 1);
      t.true(after.filter((each) => !before.includes(each)).length <= 1);
    }),
  );
});
