import test from 'ava';
import { configFromValue } from '../../src/config/config-from-value.ts';
import { hashOf } from '../../src/config/file-values.ts';
import { LISTENER_OPTIONS } from '../../src/config/listener-options.ts';
import { PROCESS_OPTIONS } from '../../src/config/process-options.ts';
import { type FlagTexts, LEAST, readFlags } from './read-flags.ts';

type Written = {
  readonly listeners: readonly [{ readonly [key: string]: unknown }];
  readonly [key: string]: unknown;
};

const EVERYTHING: FlagTexts = {
  ...LEAST.sidecar,
  to: ['10.0.0.1:80,10.0.0.2:80', '10.0.0.3:80'],
  headerless: '192.0.2.0/24, 198.51.100.1',
  tlv: ['pass:SSL,1', '0xE4=text:a,b'],
  crc32c: 'true',
  uniqueId: '1',
  attempts: '5',
  maxSessions: '100',
  maxSessionsPerClient: '7',
  clientPrefix: '6:56',
  balance: 'client-hash',
  affinity: 'client-ip:10m',
  probe: 'tcp:10s',
  probeHeader: 'none',
  onEndpointGone: 'close',
  nodeName: 'node-a',
  zone: 'eu-1a',
  metrics: 'none',
  logTlvs: 'AUTHORITY,0xEA',
};

const SERVICE: FlagTexts = {
  ...LEAST.edge,
  to: 'k8s:shop/web:https,dns:web:80,10.0.0.1:80',
  acceptProxy: 'v2',
  trust: 'k8s:edge/herald,10.0.0.0/8',
  trafficPolicy: 'Local',
  affinity: 'service',
  family: '4',
  endpointCidrs: '10.0.0.0/8',
  serviceHealth: '127.0.0.1:9466',
  kubeconfig: '/root/.kube/config',
  kubeContext: 'kind',
};

const SHARES: FlagTexts = {
  ...LEAST.edge,
  to: 'k8s:shop/web:https,unix:/run/a=1.sock,10.0.0.1:80',
  weight: ['k8s:shop/web:https=3,unix:/run/a=1.sock=0'],
  backup: '10.0.0.1:80',
};

for (const [title, role, flags, env] of [
  ['an edge of defaults', 'edge', LEAST.edge, {}],
  ['an edge of defaults in a cluster', 'edge', LEAST.edge, { KUBERNETES_SERVICE_HOST: 'x' }],
  ['a sidecar of defaults', 'sidecar', LEAST.sidecar, {}],
  ['an edge with threads', 'edge', { ...LEAST.edge, threads: '3', dialFrom: '10.0.0.9,fd00::/64' }, {}],
  ['a sidecar with everything', 'sidecar', EVERYTHING, {}],
  ['an edge with shares', 'edge', SHARES, {}],
  ['an edge of a Service', 'edge', SERVICE, { NODE_NAME: 'node-a' }],
] as const) {
  test(`what was written, read again, is the same: ${title}`, (t) => {
    const config = readFlags(role, flags, env);
    const again = configFromValue(config.written, {});
    t.deepEqual(again.listeners, config.listeners);
    t.deepEqual(again.written, config.written);
    t.is(again.hash, config.hash);
    // What was a default is asked for now.
    const asked = ['metrics', 'admin', 'serviceHealth'] as const;
    for (const key of asked) t.deepEqual(again.process[key].address, config.process[key].address, key);
    t.deepEqual({ ...again.process, ...pick(config.process, asked) }, config.process);
  });
}

function pick<T, Key extends keyof T>(from: T, keys: readonly Key[]): Partial<T> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as unknown as Partial<T>;
}

test('every option is written out, but for those that have no default', (t) => {
  const written = readFlags('sidecar', LEAST.sidecar).written as Written;
  const missing = Object.keys(LISTENER_OPTIONS).filter((key) => !(key in written.listeners[0]));
  t.deepEqual(missing, [
    'headerless',
    'forwardedTrust',
    'allowLocalClients',
    'weight',
    'backup',
    'hops',
    'endpointCidrs',
    'dialFrom',
    'maxSessions',
  ]);
  const unknown = ['nodeName', 'zone', 'nodeEcho', 'kubeconfig', 'kubeContext'];
  t.deepEqual(
    Object.keys(PROCESS_OPTIONS).filter((key) => !(key in written)),
    unknown,
  );
  const edge = readFlags('edge', LEAST.edge).written as Written;
  t.deepEqual(
    Object.keys(PROCESS_OPTIONS).filter((key) => !(key in edge)),
    ['threads', ...unknown],
  );
});

test('lists are lists, numbers numbers and switches switches', (t) => {
  const { listeners, logTlvs } = readFlags('sidecar', EVERYTHING).written as Written;
  const [listener] = listeners;
  t.deepEqual(listener.to, ['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80']);
  t.deepEqual(listener.headerless, ['192.0.2.0/24', '198.51.100.1']);
  t.deepEqual(listener.tlv, ['pass:SSL,1', '0xE4=text:a,b']);
  t.is(listener.attempts, 5);
  t.is(listener.crc32c, true);
  t.is(listener.uniqueId, true);
  t.is(listener.headerTimeout, '5s');
  t.deepEqual(logTlvs, ['AUTHORITY', '0xEA']);
});

test('the hash is 12 hexadecimal digits of what was written', (t) => {
  t.is(hashOf({ a: 1 }), '015abd7f5cc5');
  t.not(hashOf({ a: 1 }), hashOf({ a: 2 }));
});
