import test from 'ava';
import type { InstanceFacts } from '../../../../src/controller/objects/cluster-objects.ts';
import { readGateway } from '../../../../src/controller/objects/read-gateway.ts';
import { readNode } from '../../../../src/controller/objects/read-node.ts';
import {
  gatewayAddresses,
  openAddresses,
} from '../../../../src/controller/translate/gateways/gateway-addresses.ts';
import { placeOf, published } from './gateway-scene.ts';

function asked(
  addresses: readonly object[],
  place = placeOf(),
  instances: readonly InstanceFacts[] = [],
  externalIps: readonly string[] = [],
) {
  const gateway = readGateway({ metadata: { name: 'edge', namespace: 'infra' }, spec: { addresses } })!;
  const byName = new Map(instances.map((each) => [each.name, each]));
  const node = readNode({
    metadata: { name: 'node-a' },
    status: { addresses: externalIps.map((address) => ({ type: 'ExternalIP', address })) },
  })!;
  const found = gatewayAddresses(gateway, { instances: byName, nodes: new Map([['node-a', node]]) }, place);
  return { ...found, published: found.published.map(({ address }) => address) };
}

function instance(address: string, isFresh = true): InstanceFacts {
  return {
    name: address,
    node: null,
    addresses: [address],
    failedPorts: [],
    bypassed: [],
    isDraining: false,
    isFresh,
  };
}

test('a Gateway without addresses listens on every address, and publishes what all do', (t) => {
  const { listenAt, published: names, unsupported, unusable } = asked([]);
  t.deepEqual([listenAt, names, unsupported, unusable], [[null], ['192.0.2.1'], null, null]);
});

test('with a balancer a Gateway publishes the addresses of its companion', (t) => {
  const companions = new Map([['gateway infra/edge', [published('203.0.113.7', { node: null })]]]);
  const place = placeOf({ options: { addressClass: 'metallb' }, companions });
  t.deepEqual(asked([], place).published, ['203.0.113.7']);
  t.deepEqual(asked([], placeOf({ options: { addressClass: 'metallb' } })).published, []);
});

test('an address that this or another instance has is listened on there alone', (t) => {
  t.deepEqual(asked([{ value: '192.0.2.1' }]).listenAt, ['192.0.2.1']);
  const other = asked([{ value: '192.0.2.2' }], placeOf(), [instance('192.0.2.2')]);
  t.deepEqual([other.listenAt, other.published, other.unusable], [['192.0.2.2'], ['192.0.2.2'], null]);
  const gone = asked([{ value: '192.0.2.2' }], placeOf(), [instance('192.0.2.2', false)]);
  t.is(gone.unusable?.reason, 'AddressNotUsable');
});

test("a balancer's address leads to every instance, so that it is listened for everywhere", (t) => {
  const place = placeOf({ published: [published('203.0.113.7', { node: null })] });
  const { listenAt, published: names } = asked([{ value: '203.0.113.7' }], place);
  t.deepEqual([listenAt, names], [[null], ['203.0.113.7']]);
});

test('an external address of a node, which its interfaces need not have, is listened for everywhere', (t) => {
  const address = '203.0.113.8';
  const place = placeOf({ published: [published(address)] });
  const found = asked([{ value: address }], place, [instance(address)], [address]);
  t.deepEqual([found.listenAt, found.published, found.unusable], [[null], [address], null]);
});

test('G13: an address that the balancer has not given is not usable, and the listener is open until it is', (t) => {
  const options = { addressClass: 'metallb' };
  const waiting = asked([{ value: '203.0.113.7' }], placeOf({ options }));
  t.deepEqual([waiting.listenAt, waiting.published], [[null], []]);
  t.is(
    waiting.unusable?.message,
    '203.0.113.7: not given by the balancer of metallb, of which a Gateway cannot ask an address',
  );
  const companions = new Map([['gateway infra/edge', [published('203.0.113.7', { node: null })]]]);
  const given = asked([{ value: '203.0.113.7' }], placeOf({ options, companions }));
  t.deepEqual([given.listenAt, given.published, given.unusable], [[null], ['203.0.113.7'], null]);
});

test('addresses are compared as addresses, not as texts', (t) => {
  const place = placeOf({ ownAddresses: ['2001:db8::1'] });
  t.deepEqual(asked([{ value: '2001:DB8:0::1' }], place).listenAt, ['2001:db8::1']);
  t.deepEqual(asked([{ value: '::ffff:192.0.2.1' }]).listenAt, ['192.0.2.1']);
});

test('an address that nobody has is named, and the others are served', (t) => {
  const { listenAt, unusable } = asked([{ value: '198.51.100.1' }, { value: 'no' }, { value: '192.0.2.1' }]);
  t.deepEqual(listenAt, ['192.0.2.1']);
  t.regex(unusable?.message ?? '', /^198\.51\.100\.1, no are not addresses of this gateway/);
});

test('G11: a Gateway gets no loopback, link-local or unspecified address, even of an instance', (t) => {
  for (const value of ['127.0.0.1', '::1', '0.0.0.0', '::', '169.254.0.1', 'fe80::1']) {
    const { listenAt, unusable } = asked([{ value }], placeOf({ ownAddresses: [value] }));
    t.deepEqual([listenAt, unusable?.reason], [[], 'AddressNotUsable'], value);
  }
});

test('an address without a value is every address, also beside others', (t) => {
  t.deepEqual(asked([{ type: 'IPAddress' }]).listenAt, [null]);
  const { listenAt, published: names } = asked([{}, { value: '192.0.2.1' }]);
  t.deepEqual([listenAt, names], [[null], ['192.0.2.1']]);
});

test('a type of address that is not served is not accepted', (t) => {
  const { listenAt, unsupported } = asked([{ type: 'Hostname', value: 'a.example' }, { value: '192.0.2.1' }]);
  t.deepEqual([listenAt, unsupported?.reason], [[], 'UnsupportedAddress']);
});

test('addresses at which a port is closed are left out, unless no other is left', (t) => {
  const names = (all: ReturnType<typeof published>[], max = 16) =>
    openAddresses(all, [80, 443], max).map(({ address }) => address);
  const [open, half, closed, bypassed] = [
    published('192.0.2.1'),
    published('192.0.2.2', { failedPorts: [80] }),
    published('192.0.2.3', { failedPorts: [80, 443] }),
    published('192.0.2.4', { bypassedPorts: [443] }),
  ];
  t.deepEqual(names([open, half, closed, bypassed]), ['192.0.2.1']);
  t.deepEqual(names([half, closed, bypassed]), ['192.0.2.2']);
  t.deepEqual(names([closed, bypassed]), []);
  const many = Array.from({ length: 40 }, (_, index) => published(`192.0.2.${index + 1}`));
  t.is(names(many, 40).length, 16, 'the schema allows no more');
  t.is(names(many, 3).length, 3);
});
