import test from 'ava';
import type { ListenerOptions } from '../../src/config/config.ts';
import { LISTENER_OPTIONS } from '../../src/config/listener-options.ts';
import { linesOf } from './problems-of.ts';
import { LEAST, listenerOf, readFlags } from './read-flags.ts';

/** What the contract says a listener is when nothing more is said. */
const DEFAULTS = {
  trust: { cidrs: [], unix: false, names: [] },
  headerless: { cidrs: [], unix: false, names: [] },
  proxyHeader: 'required',
  headerTimeout: 5000,
  maxHeader: 4096,
  tlv: { pass: [], add: [] },
  crc32c: false,
  uniqueId: false,
  forwardedTrust: { cidrs: [], names: [], unix: false },
  allowLocalClients: [],
  balance: 'round-robin',
  trafficPolicy: 'Cluster',
  affinity: { kind: 'none' },
  family: 'auto',
  endpointCidrs: [],
  probe: 0,
  probeHeader: 'local',
  onEndpointGone: 'keep',
  ejectAfter: 5,
  ejectFor: 10_000,
  ejectMax: 0.5,
  dialFrom: [],
  connectTimeout: 2000,
  attempts: 3,
  reuse: 'safe',
  idleTimeout: 3_600_000,
  halfCloseTimeout: 60_000,
  keepalive: 60_000,
  tcpUserTimeout: 60_000,
  maxSessionAge: 0,
  maxSessions: null,
  maxSessionsPerClient: 0,
  clientPrefix: { v4: 32, v6: 64 },
  overLimit: 'wait',
} as const;
const PLACES = {
  listen: { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 8000 },
  to: [{ kind: 'tcp', ip: Uint8Array.of(10, 0, 0, 1), port: 80 }],
} as const;

test('an edge has the defaults of the contract', (t) => {
  t.deepEqual(listenerOf('edge'), {
    ...DEFAULTS,
    ...PLACES,
    name: 'edge',
    acceptProxy: 'none',
    present: 'v2',
  });
});

test('a sidecar has the defaults of the contract', (t) => {
  t.deepEqual(listenerOf('sidecar'), {
    ...DEFAULTS,
    ...PLACES,
    name: 'sidecar',
    acceptProxy: 'any',
    trust: { cidrs: [{ ip: Uint8Array.of(10, 0, 0, 0), prefix: 8 }], unix: false, names: [] },
    present: 'v2',
  });
});

test('a sidecar must be told how to present the client', (t) => {
  const { present: _, ...rest } = LEAST.sidecar;
  t.deepEqual(
    linesOf(() => readFlags('sidecar', rest)),
    ['--present: is required: one of none, v1, v2, transparent, forwarded'],
  );
});

test('a listener must be told where to listen and whom to dial', (t) => {
  t.deepEqual(
    linesOf(() => readFlags('edge', {})),
    [
      '--listen: is required: an address such as 127.0.0.1:8080, [::1]:8080, :8080 or unix:/run/herald.sock',
      '--to: is required: an endpoint such as 10.0.0.5:8080, [fd00::5]:8080 or unix:/run/app.sock, or k8s:namespace/service:port, dns:name:port, srv:name',
    ],
  );
});

type Rows = {
  readonly [Key in keyof ListenerOptions]: {
    readonly good: readonly (readonly [text: string, value: ListenerOptions[Key]])[];
    readonly bad: readonly (readonly [text: string, line: string])[];
  };
};

/** Each option: what it reads, and what is said about what it does not. Sidecar: headers are expected. */
const ROWS: Rows = {
  name: {
    good: [['web-1', 'web-1']],
    bad: [
      [
        'Web',
        '--name: expected a name of at most 63 lower-case letters, digits and -, not beginning with -, got "Web"',
      ],
    ],
  },
  listen: {
    good: [
      [':443', { kind: 'tcp', ip: null, port: 443 }],
      ['127.0.0.1:0', { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 0 }],
    ],
    bad: [
      [
        '443',
        '--listen: expected an address such as 127.0.0.1:8080, [::1]:8080, :8080 or unix:/run/herald.sock, got "443"; did you mean :443?',
      ],
    ],
  },
  to: {
    good: [['unix:/run/app.sock', [{ kind: 'unix', path: '/run/app.sock' }]]],
    bad: [['10.0.0.1:0', '--to: expected a port that can be dialed, 1 to 65535, got "10.0.0.1:0"']],
  },
  acceptProxy: {
    good: [
      ['v1', 'v1'],
      ['v2', 'v2'],
      ['any', 'any'],
    ],
    bad: [['v3', '--accept-proxy: expected one of none, v1, v2, any, got "v3"']],
  },
  trust: {
    good: [
      ['192.0.2.1', { cidrs: [{ ip: Uint8Array.of(192, 0, 2, 1), prefix: 32 }], unix: false, names: [] }],
    ],
    bad: [
      [
        'all',
        '--trust: expected an address, a CIDR such as 10.0.1.0/24 or fd00::/8, k8s:namespace/service, dns:name, srv:name, or unix, got "all"',
      ],
    ],
  },
  headerless: {
    good: [
      ['192.0.2.1', { cidrs: [{ ip: Uint8Array.of(192, 0, 2, 1), prefix: 32 }], unix: false, names: [] }],
    ],
    bad: [
      [
        'all',
        '--headerless: expected an address, a CIDR such as 10.0.1.0/24 or fd00::/8, k8s:namespace/service, dns:name, srv:name, or unix, got "all"',
      ],
    ],
  },
  proxyHeader: {
    good: [['optional', 'optional']],
    bad: [['no', '--proxy-header: expected one of required, optional, got "no"']],
  },
  headerTimeout: {
    good: [['3s', 3000]],
    bad: [
      ['1s', '--header-timeout: expected at least 3s, got "1s"'],
      ['0', '--header-timeout: expected at least 3s, got "0"'],
      [
        '5',
        '--header-timeout: expected a duration with its unit, such as 500ms, 5s, 10m or 1h, got "5"; did you mean 5s?',
      ],
    ],
  },
  maxHeader: {
    good: [
      ['52B', 52],
      ['64KiB', 65_536],
      ['65551B', 65_551],
    ],
    bad: [
      ['51B', '--max-header: expected at least 52B, got "51B"'],
      ['65552B', '--max-header: expected at most 65551B, got "65552B"'],
      ['4096', '--max-header: expected a size with its unit, such as 4096B or 64KiB, got "4096"'],
    ],
  },
  present: {
    good: [
      ['none', 'none'],
      ['v1', 'v1'],
      ['v2', 'v2'],
      ['forwarded', 'forwarded'],
    ],
    bad: [['v3', '--present: expected one of none, v1, v2, transparent, forwarded, got "v3"']],
  },
  tlv: {
    good: [['pass:SSL', { pass: [0x20], add: [] }]],
    bad: [['x', '--tlv: expected pass, pass:TYPE,…, TYPE=HEX or TYPE=text:…, got "x"']],
  },
  crc32c: {
    good: [
      ['true', true],
      ['false', false],
    ],
    bad: [['yes', '--crc32c: expected true or false, got "yes"']],
  },
  uniqueId: {
    good: [['true', true]],
    bad: [['yes', '--unique-id: expected true or false, got "yes"']],
  },
  forwardedTrust: {
    good: [
      ['192.0.2.0/24', { cidrs: [{ ip: Uint8Array.of(192, 0, 2, 0), prefix: 24 }], names: [], unix: false }],
    ],
    bad: [
      [
        'x',
        '--forwarded-trust: expected an address, a CIDR such as 10.0.1.0/24 or fd00::/8, k8s:namespace/service, dns:name, srv:name, or unix, got "x"',
      ],
    ],
  },
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
        '--balance: expected one of round-robin, least-sessions, random-two, client-hash, got "random"',
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
        '--traffic-policy: PreferLocal needs k8s:namespace/service:port in to, for nothing else knows nodes',
      ],
      [
        'service',
        '--traffic-policy: service needs exactly one k8s:namespace/service:port in to, for nothing else knows it',
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
        '--affinity: service needs exactly one k8s:namespace/service:port in to, for nothing else knows it',
      ],
    ],
  },
  family: {
    good: [['auto', 'auto']],
    bad: [
      ['5', '--family: expected one of auto, 4, 6, got "5"'],
      ['6', '--family: would have no effect, since to has no k8s:, dns: or srv: endpoint'],
    ],
  },
  endpointCidrs: {
    // With a source that could name others: see below.
    good: [],
    bad: [
      ['x', '--endpoint-cidrs: expected an address or a CIDR such as 10.0.1.0/28, got "x"'],
      ['10.0.0.0/8', '--endpoint-cidrs: would have no effect, since to has no k8s:, dns: or srv: endpoint'],
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
      ['none', '--probe-header: would have no effect, since probe is none'],
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
  allowLocalClients: {
    good: [['10.1.2.3', [{ ip: Uint8Array.of(10, 1, 2, 3), prefix: 32 }]]],
    bad: [
      ['unix', '--allow-local-clients: expected an address or a CIDR such as 10.0.1.0/28, got "unix"'],
      [
        '0.0.0.0/1,128.0.0.0/1',
        '--allow-local-clients: expected addresses of this host one by one, not all addresses, got "0.0.0.0/1,128.0.0.0/1"',
      ],
      [
        '::/0',
        '--allow-local-clients: expected addresses of this host one by one, not all addresses, got "::/0"',
      ],
    ],
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
  idleTimeout: {
    good: [
      ['0', 0],
      ['24h', 86_400_000],
    ],
    bad: [['600h', '--idle-timeout: expected at most 576h, got "600h"']],
  },
  halfCloseTimeout: {
    good: [
      ['0', 0],
      ['500ms', 500],
    ],
    bad: [['600h', '--half-close-timeout: expected at most 576h, got "600h"']],
  },
  keepalive: {
    good: [
      ['0', 0],
      ['1s', 1000],
    ],
    bad: [['1ms', '--keepalive: expected 0 or at least 1s, got "1ms"']],
  },
  tcpUserTimeout: {
    good: [
      ['0', 0],
      ['1s', 1000],
    ],
    bad: [['1ms', '--tcp-user-timeout: expected 0 or at least 1s, got "1ms"']],
  },
  maxSessionAge: {
    good: [
      ['0', 0],
      ['1h', 3_600_000],
    ],
    bad: [
      ['x', '--max-session-age: expected a duration with its unit, such as 500ms, 5s, 10m or 1h, got "x"'],
    ],
  },
  maxSessions: {
    good: [['8000', 8000]],
    bad: [['0', '--max-sessions: expected a whole number of at least 1, got "0"']],
  },
  maxSessionsPerClient: {
    good: [
      ['10', 10],
      ['none', 0],
    ],
    bad: [['0', '--max-sessions-per-client: expected a whole number of at least 1, or none, got "0"']],
  },
  reuse: {
    good: [
      ['safe', 'safe'],
      ['always', 'always'],
      ['never', 'never'],
    ],
    bad: [['aggressive', '--reuse: expected one of safe, always, never, got "aggressive"']],
  },
  clientPrefix: {
    good: [
      ['6:56', { v4: 32, v6: 56 }],
      ['4:24,6:48', { v4: 24, v6: 48 }],
    ],
    bad: [
      ['4:33', '--client-prefix: expected at most 32 bits, got "4:33"'],
      ['/64', '--client-prefix: expected 4:BITS or 6:BITS, or both, such as 4:32,6:64, got "/64"'],
    ],
  },
  overLimit: {
    good: [['refuse', 'refuse']],
    bad: [['drop', '--over-limit: expected one of wait, refuse, got "drop"']],
  },
};

/** What an option needs beside it to do anything. */
const BESIDE: { readonly [key: string]: { readonly [key: string]: string } } = {
  allowLocalClients: { present: 'transparent', to: '127.0.0.1:80' },
  forwardedTrust: { present: 'forwarded' },
};

test('there is a row for every option', (t) => {
  t.deepEqual(Object.keys(ROWS).sort(), Object.keys(LISTENER_OPTIONS).sort());
});

for (const [key, { good, bad }] of Object.entries(ROWS)) {
  test(`${key} reads what is right`, (t) => {
    t.true(good.length > 0 || key === 'endpointCidrs');
    for (const [text, value] of good) {
      t.deepEqual(
        listenerOf('sidecar', { ...BESIDE[key], [key]: text })[key as keyof ListenerOptions],
        value as never,
      );
    }
  });
  test(`${key} refuses what is wrong, in one line`, (t) => {
    t.true(bad.length > 0);
    for (const [text, line] of bad)
      t.deepEqual(
        linesOf(() => listenerOf('sidecar', { ...BESIDE[key], [key]: text })),
        [line],
      );
  });
}

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
    to: [{ kind: 'k8s', namespace: 'shop', service: 'web', port: 'https' }],
    trafficPolicy: 'service',
    affinity: { kind: 'service' },
    family: '6',
    endpointCidrs: [{ ip: Uint8Array.of(10, 0, 0, 0), prefix: 8 }],
    probe: 5000,
    probeHeader: 'none',
  });
});
