import test from 'ava';
import type { GatewayOptions } from '../../src/config/gateway-options.ts';
import { GATEWAY_OPTIONS } from '../../src/config/gateway-table.ts';
import { LEAST_GATEWAY, readGatewayFlags } from './gateway-flags.ts';
import { linesOf } from './problems-of.ts';

type Rows = {
  readonly [Key in keyof GatewayOptions]: {
    readonly good: readonly (readonly [text: string, value: GatewayOptions[Key]])[];
    readonly bad: readonly (readonly [text: string, line: string])[];
  };
};

const NAMES =
  'names of annotations without their prefix: present, crc32c, balance, idle-timeout, max-sessions, probe, accept-proxy, trust, headerless; or none';
const PORTS = 'ports and ranges of ports, such as 80,443,1024-29999';
const PUBLISH = 'nodes, or addresses such as 203.0.113.7 or 2001:db8::7';
const SELECTOR = 'all, or labels of namespaces such as team=shop or env in (dev,test),!legacy';
const addresses = (...list: string[]) => ({ kind: 'addresses', addresses: list }) as const;
const selector = (...requirements: [string, 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', ...string[]][]) =>
  ({
    kind: 'selector',
    requirements: requirements.map(([key, operator, ...values]) => ({ key, operator, values })),
  }) as const;

const ROWS: Rows = {
  class: {
    good: [
      ['internal', 'internal'],
      ['example.com/Edge_1.b', 'example.com/Edge_1.b'],
    ],
    bad: [
      ['', '--class: expected a loadBalancerClass such as herald/edge, got ""'],
      ['herald/', '--class: expected a loadBalancerClass such as herald/edge, got "herald/"'],
      ['a/b/c', '--class: expected a loadBalancerClass such as herald/edge, got "a/b/c"'],
      ['Herald/edge', '--class: expected a loadBalancerClass such as herald/edge, got "Herald/edge"'],
    ],
  },
  prefix: {
    good: [['edge.example.com/', 'edge.example.com/']],
    bad: [
      [
        '/',
        '--prefix: expected a DNS name in lower case with / behind it, such as herald/ or edge.example.com/, got "/"',
      ],
      [
        'a/b/',
        '--prefix: expected a DNS name in lower case with / behind it, such as herald/ or edge.example.com/, got "a/b/"',
      ],
    ],
  },
  namespaces: {
    good: [
      ['all', { kind: 'all' }],
      ['team=shop', selector(['team', 'In', 'shop'])],
      ['team == shop', selector(['team', 'In', 'shop'])],
      ['team!=shop', selector(['team', 'NotIn', 'shop'])],
      ['team=', selector(['team', 'In', ''])],
      ['herald', selector(['herald', 'Exists'])],
      [
        'team=shop,env in (dev, test), zone notin (a),!legacy,example.com/edge',
        selector(
          ['team', 'In', 'shop'],
          ['env', 'In', 'dev', 'test'],
          ['zone', 'NotIn', 'a'],
          ['legacy', 'DoesNotExist'],
          ['example.com/edge', 'Exists'],
        ),
      ],
    ],
    bad: [
      ['', `--namespaces: expected ${SELECTOR}, got ""`],
      ['*', `--namespaces: expected ${SELECTOR}, got "*"`],
      ['a,', `--namespaces: expected ${SELECTOR}, got ""`],
      ['a in b', `--namespaces: expected ${SELECTOR}, got "a in b"`],
      ['a>1', `--namespaces: expected ${SELECTOR}, got "a>1"`],
      ['a=b c', `--namespaces: expected ${SELECTOR}, got "a=b c"`],
    ],
  },
  ports: {
    good: [
      ['443', [{ first: 443, last: 443 }]],
      [
        '80, 8000-8100',
        [
          { first: 80, last: 80 },
          { first: 8000, last: 8100 },
        ],
      ],
      ['1-65535', [{ first: 1, last: 65_535 }]],
    ],
    bad: ['', '0', '65536', '90-80', '80-', '-80', '1-2-3', 'https', '080'].map((text) => [
      text,
      `--ports: expected ${PORTS}, got ${JSON.stringify(text)}`,
    ]),
  },
  portHold: {
    good: [['0', 0]],
    bad: [
      [
        '10',
        '--port-hold: expected a duration with its unit, such as 500ms, 5s, 10m or 1h, got "10"; did you mean 10s?',
      ],
    ],
  },
  defaultPresent: {
    good: [
      ['v1', 'v1'],
      ['v2', 'v2'],
    ],
    bad: [['forwarded', '--default-present: expected one of none, v1, v2, transparent, got "forwarded"']],
  },
  hopListen: {
    good: [],
    bad: [
      [
        ':0',
        '--hop-listen: expected an address with a port, such as :9467, 10.0.0.1:9467 or [fd00::1]:9467, got ":0"',
      ],
    ],
  },
  allowAnnotations: {
    good: [
      ['none', []],
      ['present,trust,present', ['present', 'trust']],
    ],
    bad: [
      [
        'herald/present',
        `--allow-annotations: expected ${NAMES}, got "herald/present"; did you mean present?`,
      ],
      ['tlv', `--allow-annotations: expected ${NAMES}, got "tlv"`],
      ['present,none', `--allow-annotations: expected ${NAMES}, got "none"`],
    ],
  },
  addressClass: { good: [], bad: [] },
  publish: {
    good: [
      ['nodes', { kind: 'nodes' }],
      ['203.0.113.7, 2001:DB8:0::7', addresses('203.0.113.7', '2001:db8::7')],
      ['::ffff:203.0.113.7', addresses('203.0.113.7')],
    ],
    bad: [
      ['edge.example.com', `--publish: expected ${PUBLISH}, got "edge.example.com"`],
      ['nodes,203.0.113.7', '--publish: nodes stands alone: expected either nodes or addresses'],
      ['203.0.113.7,203.0.113.7', '--publish: expected each address once, got "203.0.113.7"'],
      ...['127.0.0.1', '::1', '0.0.0.0', '::', '169.254.1.1', 'fe80::1', '224.0.0.1', 'ff02::1'].map(
        (text) => [text, `--publish: expected an address that clients can reach, got "${text}"`] as const,
      ),
    ],
  },
  publishMax: {
    good: [['1', 1]],
    bad: [['0', '--publish-max: expected a whole number from 1 to 256, got "0"']],
  },
  listenerShare: {
    good: [['100%', 1]],
    bad: [
      ['0%', '--listener-share: expected a share from 1% to 100%, got "0%"'],
      ['25', '--listener-share: expected a share from 0% to 100%, got "25"'],
    ],
  },
  checkPods: { good: [['true', true]], bad: [['yes', '--check-pods: expected true or false, got "yes"']] },
  endpointCidrs: {
    good: [['192.0.2.0/24', [{ ip: Uint8Array.of(192, 0, 2, 0), prefix: 24 }]]],
    bad: [['db', '--endpoint-cidrs: expected an address or a CIDR such as 10.0.1.0/28, got "db"']],
  },
  metricsAllow: {
    good: [
      [
        '10.0.0.0/8,k8s:monitoring/prometheus',
        {
          cidrs: [{ ip: Uint8Array.of(10, 0, 0, 0), prefix: 8 }],
          unix: false,
          names: [
            {
              kind: 'k8s',
              text: 'k8s:monitoring/prometheus',
              namespace: 'monitoring',
              service: 'prometheus',
              port: '',
            },
          ],
        },
      ],
    ],
    bad: [
      [
        'prometheus',
        '--metrics-allow: expected an address, a CIDR such as 10.0.1.0/24 or fd00::/8, k8s:namespace/service, dns:name, srv:name, or unix, got "prometheus"',
      ],
    ],
  },
};

test('there is a row for every option of a gateway', (t) => {
  t.deepEqual(Object.keys(ROWS).sort(), Object.keys(GATEWAY_OPTIONS).sort());
});

for (const [key, { good, bad }] of Object.entries(ROWS)) {
  test(`${key} reads what is right, and refuses what is wrong in one line`, (t) => {
    for (const [text, value] of good) {
      const { gateway } = readGatewayFlags({ ...LEAST_GATEWAY, [key]: text });
      t.deepEqual(gateway[key as keyof GatewayOptions], value as never, text);
    }
    for (const [text, line] of bad) {
      t.deepEqual(
        linesOf(() => readGatewayFlags({ ...LEAST_GATEWAY, [key]: text })),
        [line],
      );
    }
    t.true(good.length + bad.length > 0 || key === 'addressClass');
  });
}
