import test from 'ava';
import fc from 'fast-check';
import { parseCidr } from '../../../src/address/cidr.ts';
import { createIpSet } from '../../../src/address/ip-set.ts';
import {
  createRestriction,
  readPorts,
  readSlice,
  type Slice,
} from '../../../src/discovery/kubernetes/slice.ts';
import { NAMESPACE, SERVICE, slice, sliceEndpoint } from '../../helpers/kubernetes-objects.ts';

const RULES = { namespace: NAMESPACE, services: new Set([SERVICE]) };
const read = (endpoints: unknown, more: object = {}): Slice =>
  readSlice(slice('web-a', endpoints, more), RULES)!;
const texts = (endpoints: unknown, more: object = {}) => read(endpoints, more).endpoints.map((e) => e.ipText);
const v6 = { addressType: 'IPv6' };

test('S4: a slice belongs to the Service that its label names, in the same namespace, whoever manages it', (t) => {
  const of = (metadata: object) => readSlice({ ...slice('a', []), metadata }, RULES);
  const labels = { 'kubernetes.io/service-name': SERVICE };
  t.not(of({ name: 'a', namespace: NAMESPACE, labels }), null);
  const managed = { ...labels, 'endpointslice.kubernetes.io/managed-by': 'somebody' };
  t.not(of({ name: 'a', namespace: NAMESPACE, labels: managed }), null);
  t.is(of({ name: 'a', namespace: 'other', labels }), null);
  t.is(of({ name: 'a', namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': 'other' } }), null);
  t.is(of({ name: 'a', namespace: NAMESPACE, labels: { 'kubernetes.io/service-name': '' } }), null);
  t.is(of({ name: 'a', namespace: NAMESPACE }), null);
});

test('S5: a slice of names is ignored, and so is one of a family that nobody knows', (t) => {
  for (const addressType of ['FQDN', 'ipv4', '', null, 4, 'constructor'])
    t.is(readSlice(slice('a', [], { addressType }), RULES), null, `${addressType}`);
  t.not(readSlice(slice('a', [], v6), RULES), null);
});

test('S5: an address of another family than its slice is refused', (t) => {
  const { endpoints, refusals } = read([sliceEndpoint('fd00::1'), sliceEndpoint('10.0.0.1')]);
  t.deepEqual(
    endpoints.map(({ ipText }) => ipText),
    ['10.0.0.1'],
  );
  t.deepEqual(refusals, [{ address: 'fd00::1', why: 'not an address of the family of its slice' }]);
});

test('E1: only the first address counts, and an endpoint without one is ignored', (t) => {
  const addresses = (list: unknown) => ({ addresses: list });
  const two = addresses(['10.0.0.1', '10.0.0.2']);
  t.deepEqual(texts([two, addresses([]), addresses(null), addresses('10.0.0.3'), addresses([null]), {}]), [
    '10.0.0.1',
  ]);
});

test('E1: addresses are written anew: short IPv6, no leading zeros', (t) => {
  t.deepEqual(texts([sliceEndpoint('010.000.0.01')]), ['10.0.0.1']);
  t.deepEqual(texts([sliceEndpoint('FD00:0:0::0001')], v6), ['fd00::1']);
});

test('E2: absent conditions mean ready, serving and not terminating', (t) => {
  const conditions = (given: unknown) => {
    const { ready, serving, terminating } = read([sliceEndpoint('10.0.0.1', { conditions: given })])
      .endpoints[0]!;
    return [ready, serving, terminating];
  };
  for (const none of [undefined, null, {}, 'ready', { ready: null, serving: null, terminating: null }])
    t.deepEqual(conditions(none), [true, true, false]);
  t.deepEqual(conditions({ ready: false }), [false, true, false]);
  t.deepEqual(conditions({ serving: false }), [true, false, false]);
  t.deepEqual(conditions({ terminating: true }), [true, true, true]);
});

test('E3: the node, the zone and the hints are kept as they are written', (t) => {
  const hints = {
    forNodes: [{ name: 'Node-A' }],
    forZones: [{ name: 'eu-1a' }, { name: 'eu-1b' }, {}, null],
  };
  const more = { nodeName: 'Node-A', zone: 'eu-1a', hints, targetRef: { uid: 'pod-1' } };
  const { endpoints } = read([sliceEndpoint('10.0.0.1', more), sliceEndpoint('10.0.0.2')]);
  const { node, zone, uid, forNodes, forZones } = endpoints[0]!;
  t.deepEqual(
    [node, zone, uid, forNodes, forZones],
    ['Node-A', 'eu-1a', 'pod-1', ['Node-A'], ['eu-1a', 'eu-1b']],
  );
  const plain = endpoints[1]!;
  t.deepEqual(
    [plain.node, plain.zone, plain.uid, plain.forNodes, plain.forZones],
    [null, null, null, [], []],
  );
});

test('E4: a port without a name, without a number or with 0 is ignored, and the protocol is TCP if not said', (t) => {
  const good = { name: 'http', port: 8080, protocol: 'TCP' };
  const wrong = [
    { ...good, name: null },
    { port: 8080 },
    { ...good, port: null },
    { ...good, port: 0 },
    { ...good, port: 65536 },
    { ...good, port: 80.5 },
    { ...good, port: '80' },
    { ...good, protocol: 'UDP' },
    null,
  ];
  t.deepEqual(readPorts([good, ...wrong]), [{ name: 'http', port: 8080 }]);
  t.deepEqual(readPorts([{ name: '', port: 1 }]), [{ name: '', port: 1 }]);
  t.deepEqual(readPorts([{ ...good, protocol: null }]), [{ name: 'http', port: 8080 }]);
});

test('E7: the slice of an empty Service has null for endpoints and ports, and is one all the same', (t) => {
  t.deepEqual(read(null, { ports: null }), {
    name: 'web-a',
    namespace: 'shop',
    service: 'web',
    ports: [],
    endpoints: [],
    refusals: [],
  });
});

const REFUSED: readonly (readonly [address: string, why: string])[] = [
  ['127.0.0.11', 'loopback'],
  ['::1', 'loopback'],
  ['169.254.169.254', 'link-local'],
  ['fe80::1', 'link-local'],
  ['febf:ffff::1', 'link-local'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['ff02::1', 'multicast'],
  ['0.0.0.0', 'unspecified'],
  ['0.1.2.3', 'unspecified'],
  ['::', 'unspecified'],
  ['255.255.255.255', 'broadcast'],
  ['::ffff:127.0.0.1', 'not an address of the family of its slice'],
  ['10.0.0', 'not an address of the family of its slice'],
  ['10.0.0.1.', 'not an address of the family of its slice'],
  ['web.example', 'not an address of the family of its slice'],
  ['fd00::1%eth0', 'not an address of the family of its slice'],
  [`${'0'.repeat(100_000)}1.1.1.1`, 'not an address of the family of its slice'],
];

for (const [address, why] of REFUSED) {
  test(`E10: ${address.slice(0, 20)} is refused: ${why}`, (t) => {
    const more = address.includes(':') ? v6 : {};
    const { endpoints, refusals } = read([sliceEndpoint(address), sliceEndpoint(address)], more);
    t.deepEqual(endpoints, []);
    const refusal = { address: address.slice(0, 64), why };
    t.deepEqual(refusals, [refusal, refusal]);
  });
}

test('E10: the other endpoints of a slice with a refused one are kept', (t) => {
  const v4 = ['1.0.0.0', '126.255.255.255', '128.0.0.0', '169.253.255.255', '169.255.0.0', '223.255.255.255'];
  t.deepEqual(texts(v4.map((each) => sliceEndpoint(each))), v4);
  const six = ['::2', 'fec0::1', 'fe7f::1', 'fd00::1'];
  t.deepEqual(
    texts(
      six.map((each) => sliceEndpoint(each)),
      v6,
    ),
    six,
  );
});

test('only the first refusals of a slice are remembered', (t) => {
  const { refusals } = read(Array(1000).fill(sliceEndpoint('127.0.0.1')));
  t.is(refusals.length, 16);
});

test('whatever an API sends as a slice, reading it does not throw', (t) => {
  const keys = [
    'metadata',
    'labels',
    'endpoints',
    'addresses',
    'conditions',
    'ports',
    'hints',
    'addressType',
  ];
  const anything = fc.anything({ key: fc.constantFrom(...keys, '__proto__'), maxDepth: 4 });
  fc.assert(
    fc.property(anything, anything, anything, (endpoints, ports, value) => {
      const found = readSlice(slice('a', endpoints, { ports }), RULES);
      t.true(found?.ports.every(({ port }) => port > 0));
      readSlice(value, RULES);
    }),
  );
});

const CIDRS = createIpSet([parseCidr('10.1.0.0/16')!, parseCidr('fd00::/8')!]);
const readAddresses = (...addresses: string[]) => {
  const endpoints = addresses.map((address) => sliceEndpoint(address));
  return readSlice(slice('a', endpoints), { namespace: NAMESPACE, services: new Set([SERVICE]) })!;
};

test('E10: where endpoint CIDRs are given, what lies outside is refused', (t) => {
  const found = createRestriction(CIDRS)(readAddresses('10.1.2.3', '10.2.0.1', '127.0.0.1'));
  t.deepEqual(
    found.endpoints.map(({ ipText }) => ipText),
    ['10.1.2.3'],
  );
  t.deepEqual(found.refusals, [
    { address: '127.0.0.1', why: 'loopback' },
    { address: '10.2.0.1', why: 'outside --endpoint-cidrs' },
  ]);
});

test('without endpoint CIDRs a slice stays what it is, and with them it is looked through once', (t) => {
  const found = readAddresses('10.1.2.3', '10.2.0.1');
  t.is(createRestriction(null)(found), found);
  const restrict = createRestriction(CIDRS);
  t.is(restrict(found), restrict(found));
  t.is(found.endpoints.length, 2, 'others who follow the Service have CIDRs of their own');
});

test('only the first refusals of a slice are remembered, those by endpoint CIDRs too', (t) => {
  const found = readAddresses(...Array.from({ length: 100 }, (_, n) => `10.9.0.${n}`));
  t.is(createRestriction(CIDRS)(found).refusals.length, 16);
});

test('G11: an endpoint has the Pod that its targetRef names, of the namespace of the slice unless it names another', (t) => {
  const podOf = (targetRef: unknown) => read([sliceEndpoint('10.0.0.1', { targetRef })]).endpoints[0]!.pod;
  const web = { kind: 'Pod', name: 'web-1', uid: 'u' };
  t.deepEqual(podOf(web), { namespace: NAMESPACE, name: 'web-1' });
  t.deepEqual(podOf({ ...web, namespace: 'other' }), { namespace: 'other', name: 'web-1' });
  for (const none of [
    undefined,
    null,
    'web-1',
    {},
    { ...web, kind: 'Node' },
    { ...web, name: '' },
    { ...web, name: 1 },
  ])
    t.is(podOf(none), null);
});

test('a slice of any Service of the cluster is read where no namespace and no Service is asked for', (t) => {
  const all = { namespace: null, services: null };
  t.like(readSlice(slice('web-a', []), all), { namespace: NAMESPACE, service: SERVICE });
  t.is(readSlice({ ...slice('a', []), metadata: { name: 'a', namespace: NAMESPACE } }, all), null);
  t.is(readSlice({ ...slice('a', []), metadata: { ...slice('a', []).metadata, namespace: 7 } }, all), null);
});
