import test from 'ava';
import { configFromValue } from '../../src/config/config-from-value.ts';
import { linesOf, problemsOf } from './problems-of.ts';
import { type FlagTexts, LEAST, listenerOf, readFlags } from './read-flags.ts';

const TRANSPARENT = { ...LEAST.sidecar, present: 'transparent', to: '127.0.0.1:80,127.8.8.8:81,[::1]:80' };

/** Flags of a sidecar, and what is wrong with them: code and line. */
type Rows = readonly (readonly [title: string, flags: FlagTexts, ...lines: string[]])[];

const BAD_TRANSPARENT: Rows = [
  [
    'a client has no address on a unix socket',
    { ...TRANSPARENT, to: '127.0.0.1:80,unix:/run/app' },
    'endpoint_not_ip --to: --present is transparent, and a client has no address on a unix socket: expected endpoints with an address, such as 127.0.0.1:80 or k8s:shop/web:80',
  ],
  [
    'no header goes out, so that nothing goes into one',
    { ...TRANSPARENT, crc32c: 'true', uniqueId: 'true', tlv: ['0xE4=00'] },
    'without_effect --crc32c: would have no effect, since --present is transparent, and only v2 has TLVs',
    'without_effect --unique-id: would have no effect, since --present is transparent, and only v2 has TLVs',
    'without_effect --tlv: would have no effect, since --present is transparent, and only v2 has TLVs',
  ],
  [
    'the client is the source, so that there is no other',
    { ...TRANSPARENT, dialFrom: '10.0.0.9' },
    'without_effect --dial-from: would have no effect, since --present is transparent: endpoints are dialed from the address of the client',
  ],
  [
    'local clients are of the transparent presentation only',
    { ...LEAST.sidecar, allowLocalClients: '10.0.0.9' },
    'without_effect --allow-local-clients: would have no effect, since --present is v2',
  ],
  [
    'nothing opens all of IPv4',
    { ...TRANSPARENT, allowLocalClients: '10.0.0.9,0.0.0.0/0' },
    'opens_all --allow-local-clients: expected addresses of this host one by one, not all addresses, got "10.0.0.9,0.0.0.0/0"',
  ],
  [
    'nothing opens all of IPv6',
    { ...TRANSPARENT, allowLocalClients: '::/1,8000::/1' },
    'opens_all --allow-local-clients: expected addresses of this host one by one, not all addresses, got "::/1,8000::/1"',
  ],
  [
    'the engine of every machine cannot do it',
    { ...TRANSPARENT, engine: 'net' },
    'engine_lacks --engine: listener "sidecar" presents transparent, which only the epoll engine can: expected auto or epoll',
  ],
];

test('P8: endpoints may be on loopback or elsewhere: whose answers come back is only known while Herald runs', (t) => {
  t.is(listenerOf('sidecar', TRANSPARENT).to.length, 3);
  for (const to of [
    '10.0.0.1:80',
    '127.0.0.1:80,[fd00::1]:80',
    'k8s:shop/web:80',
    'dns:web.example:80',
    'srv:_w._tcp.a',
  ])
    t.is(listenerOf('sidecar', { ...TRANSPARENT, to }).present, 'transparent');
  t.is(readFlags('sidecar', { ...TRANSPARENT, engine: 'epoll' }).process.engine, 'epoll');
});

test('an edge presents transparently as well', (t) => {
  const { present } = listenerOf('edge', { present: 'transparent', to: '127.0.0.1:80' });
  t.is(present, 'transparent');
});

const HOPS_ANYWHERE = { ...TRANSPARENT, to: 'k8s:shop/web:80', hops: 'k8s:edge/herald:hop' };
const NAMED_ANYWHERE = { ...TRANSPARENT, to: 'k8s:shop/web:80', balance: 'named' };
const HOPS = { ...HOPS_ANYWHERE, nodeName: 'node-a' };
const NAMED = { ...NAMED_ANYWHERE, nodeName: 'node-a' };

const BAD_HOPS: Rows = [
  [
    'hops are of the transparent presentation only',
    { ...HOPS, present: 'v2' },
    'without_effect --hops: would have no effect, since --present is v2',
  ],
  [
    'hops are found by the nodes of endpoints',
    { ...HOPS, to: 'dns:web:80,10.0.0.1:80' },
    'needs_service --hops: needs k8s:namespace/service:port in --to, since other endpoints have no node',
  ],
  [
    'hops need the name of the node',
    HOPS_ANYWHERE,
    'missing --node-name: listener "sidecar" has hops to the endpoints of other nodes, and its own node is not known: set this option, or the variable NODE_NAME from spec.nodeName',
  ],
  [
    'named endpoints need the name of the node',
    NAMED_ANYWHERE,
    'missing --node-name: listener "sidecar" uses only endpoints of its own node, and that node is not known: set this option, or the variable NODE_NAME from spec.nodeName',
  ],
  [
    'only a header of version 2 names endpoints, and only for transparent',
    { ...NAMED, present: 'v2', acceptProxy: 'v1' },
    'named_needs --balance: named needs --present transparent, since only then do other Heralds name endpoints',
    'named_needs --balance: named needs --accept-proxy v2 or any, since the header names the endpoint',
  ],
  [
    'without a header nothing is named',
    { ...NAMED, proxyHeader: 'optional' },
    'named_needs --balance: named needs --proxy-header required, since the header names the endpoint',
  ],
  [
    'where the header names the endpoint nothing else chooses',
    {
      ...NAMED,
      ...{
        headerless: '10.0.0.1',
        affinity: 'client-ip',
        hops: 'k8s:edge/herald:hop',
        trafficPolicy: 'PreferLocal',
      },
      ...{ weight: 'k8s:shop/web:80=2', backup: 'k8s:shop/web:80' },
    },
    ...['headerless', 'weight', 'backup', 'hops', 'affinity'].map(
      (option) =>
        `without_effect --${option}: would have no effect, since --balance is named: the header names the endpoint`,
    ),
    'without_effect --traffic-policy: would have no effect, since --balance is named: only endpoints of this node are used',
  ],
  [
    'the instances of a gateway are known inside it only',
    { ...HOPS, hops: 'gateway:instances', trust: 'gateway:instances' },
    'no_gateway --hops: gateway:instances is known to the listeners of herald gateway only',
    'no_gateway --trust: gateway:instances is known to the listeners of herald gateway only',
  ],
  [
    'the instances of a gateway are no endpoints and no other peers',
    { ...HOPS, to: 'gateway:instances', headerless: 'gateway:instances' },
    "instances_not_here --to: gateway:instances can only be in --hops and --trust of a gateway's own listeners",
    "instances_not_here --headerless: gateway:instances can only be in --hops and --trust of a gateway's own listeners",
  ],
];

for (const [title, flags, ...lines] of [...BAD_TRANSPARENT, ...BAD_HOPS]) {
  test(title, (t) => {
    const problems = problemsOf(() => readFlags('sidecar', flags));
    const texts = linesOf(() => readFlags('sidecar', flags));
    t.deepEqual(
      problems.map(({ code }, at) => `${code} ${texts[at]}`),
      lines,
    );
  });
}

test('a listener with hops, and one whose headers name endpoints, are right', (t) => {
  t.like(listenerOf('sidecar', HOPS).hops, {
    kind: 'k8s',
    namespace: 'edge',
    service: 'herald',
    port: 'hop',
  });
  for (const trafficPolicy of ['Cluster', 'Local'])
    t.is(listenerOf('sidecar', { ...NAMED, trafficPolicy }).balance, 'named');
  t.is(listenerOf('edge', { ...NAMED, acceptProxy: 'v2' }).balance, 'named');
});

test('named endpoints that are addresses need no name of a node', (t) => {
  t.is(listenerOf('sidecar', { ...NAMED_ANYWHERE, to: '10.0.0.1:80' }).balance, 'named');
});

test('a file has hops, and the configuration that is shown has them too', (t) => {
  const listener = {
    name: 'a',
    ...{ listen: ':1', to: 'k8s:shop/web:80', present: 'transparent', hops: 'k8s:edge/herald:hop' },
  };
  const { written } = configFromValue({ version: 1, nodeName: 'node-a', listeners: [listener] }, {});
  t.like(written, { listeners: [{ hops: 'k8s:edge/herald:hop', balance: 'round-robin' }] });
  t.deepEqual(
    linesOf(() => configFromValue({ version: 1, listeners: [{ ...listener, hops: 'edge' }] }, {}))[0],
    'listeners[0].hops: expected k8s:namespace/service:port, such as k8s:edge/herald:hop, got "edge"',
  );
});
