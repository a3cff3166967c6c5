import test from 'ava';
import type { ProcessOptions } from '../../src/config/config.ts';
import { PROCESS_OPTIONS } from '../../src/config/process-options.ts';
import { linesOf } from './problems-of.ts';
import { type FlagTexts, LEAST, readFlags } from './read-flags.ts';

const CLUSTER = { KUBERNETES_SERVICE_HOST: '10.96.0.1' };
const tcp = (port: number) => ({ kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port }) as const;

const processOf = (flags: FlagTexts = {}, env = {}) =>
  readFlags('edge', { ...LEAST.edge, ...flags }, env).process;

const DEFAULTS: ProcessOptions = {
  engine: 'auto',
  threads: null,
  reusePort: false,
  metrics: { address: tcp(9464), asked: false },
  admin: { address: tcp(9465), asked: false },
  serviceHealth: { address: null, asked: false },
  drainDelay: 0,
  drainTimeout: 8000,
  nodeName: null,
  zone: null,
  nodeEcho: [],
  kubeconfig: null,
  kubeContext: null,
  watchConfig: false,
  logLevel: 'info',
  logFormat: 'auto',
  accessLog: 'errors',
  logClients: 'full',
  logTlvs: [],
};

test('the process has the defaults of the contract', (t) => t.deepEqual(processOf(), DEFAULTS));

test('in a cluster metrics are for everyone and a drain takes its time', (t) => {
  t.deepEqual(processOf({}, CLUSTER), {
    ...DEFAULTS,
    metrics: { address: { kind: 'tcp', ip: null, port: 9464 }, asked: false },
    drainDelay: 5000,
    drainTimeout: 20_000,
  });
});

test('an empty KUBERNETES_SERVICE_HOST is no cluster', (t) => {
  t.deepEqual(processOf({}, { KUBERNETES_SERVICE_HOST: '' }), DEFAULTS);
});

test('an ops address that somebody wrote down is asked for, even where it is the default', (t) => {
  const { metrics, admin } = processOf({ metrics: '127.0.0.1:9464', admin: 'none' });
  t.deepEqual(metrics, { address: tcp(9464), asked: true });
  t.deepEqual(admin, { address: null, asked: true });
  t.true(processOf({}, { HERALD_METRICS: '127.0.0.1:9464' }).metrics.asked);
});

const ECHO =
  'k8s:namespace/service:port, such as k8s:edge/echo:http, or an address with a port, such as 10.1.0.5:8080';

type Rows = {
  readonly [Key in keyof ProcessOptions]: {
    readonly good: readonly (readonly [text: string, value: ProcessOptions[Key]])[];
    readonly bad: readonly (readonly [text: string, line: string])[];
  };
};

const ROWS: Rows = {
  engine: {
    good: [
      ['net', 'net'],
      ['epoll', 'epoll'],
    ],
    bad: [['fast', '--engine: expected one of auto, epoll, net, got "fast"']],
  },
  threads: {
    good: [
      ['1', 1],
      ['64', 64],
    ],
    bad: [
      ['0', '--threads: expected a whole number from 1 to 64, got "0"'],
      ['65', '--threads: expected at most 64, got "65"'],
      ['auto', '--threads: expected a whole number from 1 to 64, got "auto"'],
    ],
  },
  reusePort: {
    good: [
      ['true', true],
      ['0', false],
    ],
    bad: [['on', '--reuse-port: expected true or false, got "on"']],
  },
  metrics: {
    good: [
      ['none', { address: null, asked: true }],
      [':0', { address: { kind: 'tcp', ip: null, port: 0 }, asked: true }],
    ],
    bad: [
      [
        '9464',
        '--metrics: expected an address such as 127.0.0.1:8080, [::1]:8080, :8080 or unix:/run/herald.sock, or none, got "9464"; did you mean :9464?',
      ],
    ],
  },
  admin: {
    good: [
      ['unix:/run/herald.sock', { address: { kind: 'unix', path: '/run/herald.sock' }, asked: true }],
      ['127.9.9.9:1', { address: { kind: 'tcp', ip: Uint8Array.of(127, 9, 9, 9), port: 1 }, asked: true }],
    ],
    bad: [
      ['x', '--admin: expected host:port, [v6]:port, :port or unix:/path, got "x"'],
      [':9465', '--admin: expected a loopback address such as 127.0.0.1:9465, or unix:/…, got ":9465"'],
      [
        '10.0.0.1:9465',
        '--admin: expected a loopback address such as 127.0.0.1:9465, or unix:/…, got "10.0.0.1:9465"',
      ],
      [
        '[::]:9465',
        '--admin: expected a loopback address such as 127.0.0.1:9465, or unix:/…, got "[::]:9465"',
      ],
    ],
  },
  serviceHealth: {
    good: [['none', { address: null, asked: true }]],
    bad: [
      [
        '9466',
        '--service-health: expected an address such as 127.0.0.1:8080, [::1]:8080, :8080 or unix:/run/herald.sock, or none, got "9466"; did you mean :9466?',
      ],
      [
        ':9466',
        '--service-health: needs a listener with endpoints of a Service (k8s:namespace/service:port in --to)',
      ],
    ],
  },
  drainDelay: {
    good: [['0', 0]],
    bad: [
      [
        '5',
        '--drain-delay: expected a duration with its unit, such as 500ms, 5s, 10m or 1h, got "5"; did you mean 5s?',
      ],
    ],
  },
  drainTimeout: {
    good: [
      ['0', 0],
      ['30s', 30_000],
    ],
    bad: [['577h', '--drain-timeout: expected at most 576h, got "577h"']],
  },
  nodeName: {
    good: [['node-a', 'node-a']],
    bad: [['', '--node-name: expected the name of a node, as Kubernetes\' spec.nodeName, got ""']],
  },
  zone: {
    good: [['eu-1a', 'eu-1a']],
    bad: [['eu 1', '--zone: expected the name of a zone, as topology.kubernetes.io/zone, got "eu 1"']],
  },
  nodeEcho: {
    good: [
      [
        '10.1.0.5:8080,[fd00::5]:8080',
        [
          { kind: 'tcp', ip: Uint8Array.of(10, 1, 0, 5), port: 8080 },
          { kind: 'tcp', ip: Uint8Array.of(0xfd, ...new Array<number>(14).fill(0), 5), port: 8080 },
        ],
      ],
    ],
    bad: [
      ['unix:/run/echo.sock', `--node-echo: expected ${ECHO}, got "unix:/run/echo.sock"`],
      ['dns:echo:80', `--node-echo: expected ${ECHO}, got "dns:echo:80"`],
      [
        'k8s:edge/echo:http',
        '--node-name: "k8s:edge/echo:http" has an echo on each node, and the node of Herald is not known: set this option, or the variable NODE_NAME from spec.nodeName',
      ],
    ],
  },
  kubeconfig: {
    good: [['/root/.kube/config', '/root/.kube/config']],
    bad: [['', '--kubeconfig: expected the name of a file, got ""']],
  },
  kubeContext: {
    good: [['kind', 'kind']],
    bad: [['', '--kube-context: expected the name of a context of the kubeconfig, got ""']],
  },
  watchConfig: {
    good: [['false', false]],
    bad: [
      ['yes', '--watch-config: expected true or false, got "yes"'],
      ['true', '--watch-config: there is no file to watch; this option is for herald run --config FILE'],
    ],
  },
  logLevel: {
    good: [['debug', 'debug']],
    bad: [['trace', '--log-level: expected one of debug, info, warn, error, got "trace"']],
  },
  logFormat: {
    good: [['json', 'json']],
    bad: [['xml', '--log-format: expected one of auto, json, text, got "xml"']],
  },
  accessLog: {
    good: [['all', 'all']],
    bad: [['some', '--access-log: expected one of none, errors, all, got "some"']],
  },
  logClients: {
    good: [['prefix', 'prefix']],
    bad: [['half', '--log-clients: expected one of full, prefix, none, got "half"']],
  },
  logTlvs: {
    good: [['AUTHORITY,0xEA', [2, 0xea]]],
    bad: [
      [
        '0x1FF',
        '--log-tlvs: expected a TLV type: 0x00 to 0xFF, 0 to 255, or one of ALPN, AUTHORITY, CRC32C, NOOP, UNIQUE_ID, SSL, NETNS, GCP_PSC_CONNECTION, HERALD_ENDPOINT, AWS_VPC_ENDPOINT, AZURE_PRIVATE_LINK, got "0x1FF"',
      ],
    ],
  },
};

test('the node is the variable NODE_NAME where nobody says another', (t) => {
  const env = { NODE_NAME: 'node-a' };
  t.is(processOf({}, env).nodeName, 'node-a');
  t.is(processOf({}, { NODE_NAME: '' }).nodeName, null);
  t.is(processOf({}, { ...env, HERALD_NODE_NAME: 'node-b' }).nodeName, 'node-b');
  t.is(processOf({ nodeName: 'node-c' }, { ...env, HERALD_NODE_NAME: 'node-b' }).nodeName, 'node-c');
});

test('a Service of echoes is read if the node is known', (t) => {
  const { nodeEcho } = processOf({ nodeEcho: 'k8s:edge/echo:http', nodeName: 'node-a' });
  const [text, namespace] = ['k8s:edge/echo:http', 'edge'];
  t.deepEqual(nodeEcho, [{ kind: 'k8s', text, namespace, service: 'echo', port: 'http' }]);
});

test('there is a row for every option of the process', (t) => {
  t.deepEqual(Object.keys(ROWS).sort(), Object.keys(PROCESS_OPTIONS).sort());
});

for (const [key, { good, bad }] of Object.entries(ROWS)) {
  test(`${key} reads what is right`, (t) => {
    t.true(good.length > 0);
    for (const [text, value] of good) {
      t.deepEqual(processOf({ [key]: text })[key as keyof ProcessOptions], value as never);
    }
  });
  test(`${key} refuses what is wrong, in one line`, (t) => {
    t.true(bad.length > 0);
    for (const [text, line] of bad)
      t.deepEqual(
        linesOf(() => processOf({ [key]: text })),
        [line],
      );
  });
}
