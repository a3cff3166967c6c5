import test from 'ava';
import { readGateway } from '../../../src/controller/objects/read-gateway.ts';

const metadata = { name: 'edge', namespace: 'infra' };
const GROUP = 'gateway.networking.k8s.io';

function listenersOf(listeners: unknown) {
  return readGateway({ metadata, spec: { listeners } })!.listeners;
}

test('a listener is read with the defaults of the specification', (t) => {
  t.deepEqual(listenersOf([{ name: 'db', port: 5432, protocol: 'TCP' }]), [
    {
      name: 'db',
      port: 5432,
      protocol: 'TCP',
      hostname: null,
      allowedNamespaces: { from: 'Same' },
      allowedKinds: null,
      tls: null,
    },
  ]);
});

test('allowedRoutes is read, and a choice of namespaces that is not known allows none', (t) => {
  const from = (namespaces: unknown) =>
    listenersOf([{ name: 'a', port: 1, protocol: 'TCP', allowedRoutes: { namespaces } }])[0]!
      .allowedNamespaces;
  t.deepEqual(from({ from: 'All' }), { from: 'All' });
  t.deepEqual(from({ from: 'Same' }), { from: 'Same' });
  t.deepEqual(from({}), { from: 'Same' });
  t.deepEqual(from({ from: null }), { from: 'Same' });
  t.deepEqual(from({ from: 'Selector', selector: { matchLabels: { a: 'b' } } }), {
    from: 'Selector',
    selector: { matchLabels: { a: 'b' } },
  });
  t.deepEqual(from({ from: 'Near' }), { from: 'None' });
  t.deepEqual(from({ from: 7 }), { from: 'None' });
  const kinds = (value: unknown) =>
    listenersOf([{ name: 'a', port: 1, protocol: 'TCP', allowedRoutes: { kinds: value } }])[0]!.allowedKinds;
  t.deepEqual(kinds([{ kind: 'TCPRoute' }, { kind: 'X', group: '' }]), [
    { group: GROUP, kind: 'TCPRoute' },
    { group: '', kind: 'X' },
  ]);
  t.is(kinds([]), null, 'an empty list is the kinds of the protocol');
  t.is(kinds(null), null);
});

test('listeners that cannot be told apart or opened are left out, and a list is cut at what the schema allows', (t) => {
  const listeners = listenersOf([
    { name: 'a', port: 80, protocol: 'TCP' },
    { name: 'a', port: 81, protocol: 'TCP' },
    { name: 'b', port: 0, protocol: 'TCP' },
    { name: 'c', port: '80', protocol: 'TCP' },
    { port: 80, protocol: 'TCP' },
    { name: 'd', port: 65_535 },
    null,
    'e',
  ]);
  t.deepEqual(
    listeners.map(({ name, port, protocol }) => [name, port, protocol]),
    [
      ['a', 80, 'TCP'],
      ['d', 65_535, ''],
    ],
  );
  const many = Array.from({ length: 100 }, (_, index) => ({ name: `l${index}`, port: 1000 + index }));
  t.is(listenersOf(many).length, 64);
  t.deepEqual(listenersOf(null), []);
});

test('addresses are of type IPAddress unless they say otherwise, with a value or without', (t) => {
  const read = readGateway({
    metadata,
    spec: {
      addresses: [
        { value: '192.0.2.1' },
        { type: 'IPAddress' },
        { type: 'Hostname', value: 'a.example' },
        null,
        {},
      ],
    },
  });
  t.deepEqual(read?.addresses, [
    { type: 'IPAddress', value: '192.0.2.1' },
    { type: 'IPAddress', value: '' },
    { type: 'Hostname', value: 'a.example' },
    { type: 'IPAddress', value: '' },
  ]);
});

test('the observed status is read, and a Gateway without a usable name is none', (t) => {
  const read = readGateway({
    metadata,
    spec: { gatewayClassName: 'herald', infrastructure: { parametersRef: {} } },
    status: {
      addresses: [{ value: '192.0.2.1' }],
      listeners: [
        { name: 'a', attachedRoutes: 2, supportedKinds: [{ kind: 'TCPRoute' }], conditions: null },
        { attachedRoutes: 1 },
        { name: 'b', attachedRoutes: 'many' },
      ],
    },
  });
  t.is(read?.className, 'herald');
  t.true(read?.hasParameters);
  t.deepEqual(read?.observedAddresses, [{ type: 'IPAddress', value: '192.0.2.1' }]);
  t.deepEqual(read?.observedListeners, [
    {
      name: 'a',
      attachedRoutes: 2,
      supportedKinds: [{ group: GROUP, kind: 'TCPRoute' }],
      conditions: [],
    },
    { name: 'b', attachedRoutes: 0, supportedKinds: [], conditions: [] },
  ]);
  t.is(readGateway({ metadata: { name: 'edge' } }), null);
  t.is(readGateway({ metadata: { name: '../x', namespace: 'infra' } }), null);
});
