import test from 'ava';
import { ENDPOINT_OPTIONS } from '../../src/config/endpoint-options.ts';
import { type OptionRows, testRows } from './option-rows.ts';
import { listenerOf } from './read-flags.ts';

type Key = Exclude<keyof typeof ENDPOINT_OPTIONS, 'weight' | 'backup'>;

const ROWS: OptionRows<Key> = {
  balance: {
    good: [
      ['round-robin', 'round-robin'],
      ['least-sessions', 'least-sessions'],
      ['random-two', 'random-two'],
      ['client-hash', 'client-hash'],
    ],
    bad: [
      [
        'random',
        '--balance: expected one of round-robin, least-sessions, random-two, client-hash, named, got "random"',
      ],
    ],
  },
  hops: {
    good: [
      [
        'k8s:edge/herald:hop',
        { kind: 'k8s', text: 'k8s:edge/herald:hop', namespace: 'edge', service: 'herald', port: 'hop' },
      ],
    ],
    bad: [
      [
        '10.0.0.1:80',
        '--hops: expected k8s:namespace/service:port, such as k8s:edge/herald:hop, got "10.0.0.1:80"',
      ],
    ],
  },
  trafficPolicy: {
    good: [['Cluster', 'Cluster']],
    bad: [
      [
        'local',
        '--traffic-policy: expected one of Cluster, Local, PreferLocal, service, got "local"; did you mean Local?',
      ],
      [
        'PreferLocal',
        '--traffic-policy: PreferLocal needs k8s:namespace/service:port in --to, since other endpoints have no node',
      ],
      [
        'service',
        '--traffic-policy: service needs exactly one k8s:namespace/service:port in --to, since only a Service has such a setting',
      ],
    ],
  },
  affinity: {
    good: [['client-ip:10m', { kind: 'client-ip', ms: 600_000 }]],
    bad: [
      [
        'cookie',
        '--affinity: expected none, service, client-ip, or client-ip:10m for a time other than 3h, got "cookie"',
      ],
      [
        'service',
        '--affinity: service needs exactly one k8s:namespace/service:port in --to, since only a Service has such a setting',
      ],
    ],
  },
  family: {
    good: [['auto', 'auto']],
    bad: [
      ['5', '--family: expected one of auto, 4, 6, got "5"'],
      ['6', '--family: would have no effect, since --to has no k8s:, dns: or srv: endpoint'],
    ],
  },
  endpointCidrs: {
    // With a source that could name others: see below.
    good: [],
    bad: [
      ['x', '--endpoint-cidrs: expected an address or a CIDR such as 10.0.1.0/28, got "x"'],
      ['10.0.0.0/8', '--endpoint-cidrs: would have no effect, since --to has no k8s:, dns: or srv: endpoint'],
    ],
  },
  probe: {
    good: [['tcp:10s', 10_000]],
    bad: [['http', '--probe: expected none, tcp, or tcp:10s for an interval other than 5s, got "http"']],
  },
  probeHeader: {
    good: [['local', 'local']],
    bad: [
      ['v2', '--probe-header: expected one of local, none, got "v2"'],
      ['none', '--probe-header: would have no effect, since --probe is none'],
    ],
  },
  onEndpointGone: {
    good: [['close', 'close']],
    bad: [['reset', '--on-endpoint-gone: expected one of keep, close, got "reset"']],
  },
  ejectAfter: {
    good: [
      ['0', 0],
      ['1', 1],
    ],
    bad: [['-1', '--eject-after: expected a whole number of at least 0, got "-1"']],
  },
  ejectFor: {
    good: [['1m', 60_000]],
    bad: [['0', '--eject-for: expected at least 1ms, got "0"']],
  },
  ejectMax: {
    good: [['0%', 0]],
    bad: [['101%', '--eject-max: expected a share from 0% to 100%, got "101%"']],
  },
  dialFrom: {
    good: [
      ['192.0.2.1', [{ ip: Uint8Array.of(192, 0, 2, 1), prefix: 32 }]],
      [
        '10.0.1.0/28,192.0.2.1',
        [
          { ip: Uint8Array.of(10, 0, 1, 0), prefix: 28 },
          { ip: Uint8Array.of(192, 0, 2, 1), prefix: 32 },
        ],
      ],
    ],
    bad: [
      ['unix', '--dial-from: expected an address or a CIDR such as 10.0.1.0/28, got "unix"'],
      ['10.0.1.0/33', '--dial-from: expected an address or a CIDR such as 10.0.1.0/28, got "10.0.1.0/33"'],
    ],
  },
  connectTimeout: {
    good: [['0', 0]],
    bad: [
      [
        '2',
        '--connect-timeout: expected a duration with its unit, such as 500ms, 5s, 10m or 1h, got "2"; did you mean 2s?',
      ],
    ],
  },
  attempts: {
    good: [['1', 1]],
    bad: [['0', '--attempts: expected a whole number of at least 1, got "0"']],
  },
  reuse: {
    good: [
      ['safe', 'safe'],
      ['always', 'always'],
      ['never', 'never'],
    ],
    bad: [['aggressive', '--reuse: expected one of safe, always, never, got "aggressive"']],
  },
};

test('there is a row for every option of endpoints', (t) => {
  // weight and backup are parts of to: destinations.test.ts.
  t.deepEqual([...Object.keys(ROWS), 'weight', 'backup'].sort(), Object.keys(ENDPOINT_OPTIONS).sort());
});

testRows(ROWS);

test('what is asked of a Service is read where there is one', (t) => {
  const asked = {
    to: 'k8s:shop/web:https',
    trafficPolicy: 'service',
    affinity: 'service',
    family: '6',
    endpointCidrs: '10.0.0.0/8',
    probe: 'tcp',
    probeHeader: 'none',
  };
  t.like(listenerOf('edge', asked), {
    to: [
      { name: { kind: 'k8s', namespace: 'shop', service: 'web', port: 'https' }, weight: 1, backup: false },
    ],
    trafficPolicy: 'service',
    affinity: { kind: 'service' },
    family: '6',
    endpointCidrs: [{ ip: Uint8Array.of(10, 0, 0, 0), prefix: 8 }],
    probe: 5000,
    probeHeader: 'none',
  });
});
