import test from 'ava';
import { peerSet, trustSet } from '../../../src/config/values/peer-set.ts';
import { reads, refuses } from './reads.ts';

const TEN = { ip: Uint8Array.of(10, 0, 0, 0), prefix: 8 };
const ONE = { ip: Uint8Array.of(192, 0, 2, 1), prefix: 32 };

reads('peer set', peerSet, [
  ['10.0.0.0/8', { cidrs: [TEN], unix: false, names: [] }],
  ['192.0.2.1', { cidrs: [ONE], unix: false, names: [] }],
  ['10.0.0.0/8,192.0.2.1', { cidrs: [TEN, ONE], unix: false, names: [] }],
  [['10.0.0.0/8', '192.0.2.1'], { cidrs: [TEN, ONE], unix: false, names: [] }],
  ['unix', { cidrs: [], unix: true, names: [] }],
  ['unix,10.0.0.0/8', { cidrs: [TEN], unix: true, names: [] }],
  ['0.0.0.0/0', { cidrs: [{ ip: new Uint8Array(4), prefix: 0 }], unix: false, names: [] }],
]);

const HERALD = {
  kind: 'k8s',
  text: 'k8s:edge/herald',
  namespace: 'edge',
  service: 'herald',
  port: '',
} as const;

reads('peer set', peerSet, [
  ['k8s:edge/herald', { cidrs: [], unix: false, names: [HERALD] }],
  ['10.0.0.0/8,k8s:edge/herald', { cidrs: [TEN], unix: false, names: [HERALD] }],
  [
    'k8s:herald:http,dns:web.example,srv:_web._tcp.example',
    {
      cidrs: [],
      unix: false,
      names: [
        { kind: 'k8s', text: 'k8s:herald:http', namespace: null, service: 'herald', port: 'http' },
        { kind: 'dns', text: 'dns:web.example', host: 'web.example', port: 0 },
        { kind: 'srv', text: 'srv:_web._tcp.example', host: '_web._tcp.example' },
      ],
    },
  ],
]);

refuses('peer set', peerSet, [
  ['', 'invalid_source'],
  ['10.0.0.0/33', 'invalid_source'],
  ['10.0.0/8', 'invalid_source'],
  ['10.0.0.1:80', 'invalid_source'],
  ['any', 'invalid_source'],
  ['none', 'invalid_source'],
  ['*', 'invalid_source'],
  ['k8s:', 'invalid_service', 'k8s:namespace/service:port, such as k8s:shop/web:https'],
  ['dns:a..b', 'invalid_dns', 'dns:name:port, such as dns:web.example:80'],
]);

const INSTANCES = { kind: 'instances', text: 'gateway:instances' } as const;

reads('trusted peers', trustSet, [
  ['gateway:instances', { cidrs: [], unix: false, names: [INSTANCES] }],
  ['10.0.0.0/8,k8s:edge/herald', { cidrs: [TEN], unix: false, names: [HERALD] }],
]);
refuses('trusted peers', trustSet, [['gateway:others', 'invalid_source', 'gateway:instances']]);
refuses('peer set', peerSet, [
  [
    'gateway:instances',
    'instances_not_here',
    "gateway:instances can only be in --hops and --trust of a gateway's own listeners",
  ],
]);

test('every source that is wrong is named', (t) => {
  const parsed = peerSet.parse(['a,10.0.0.0/8,b']);
  t.deepEqual('refusals' in parsed && parsed.refusals.map(({ got }) => got), ['"a"', '"b"']);
});

test('a name of DNS without its scheme is told what it lacks', (t) => {
  const parsed = peerSet.parse(['lb.example.com']);
  t.regex(
    ('refusals' in parsed && parsed.refusals[0]?.message) || '',
    /did you mean dns:lb\.example\.com\?$/,
  );
});
