import test from 'ava';
import { gatewayFromFlags } from '../../src/config/gateway-from-flags.ts';
import type { GatewayOptions } from '../../src/config/gateway-options.ts';
import { LEAST_GATEWAY, readGatewayFlags } from './gateway-flags.ts';
import { linesOf } from './problems-of.ts';

const DEFAULTS: GatewayOptions = {
  class: 'herald/edge',
  prefix: 'herald/',
  namespaces: { kind: 'all' },
  ports: [
    { first: 80, last: 80 },
    { first: 443, last: 443 },
    { first: 1024, last: 29_999 },
  ],
  portHold: 600_000,
  defaultPresent: 'none',
  hopListen: null,
  allowAnnotations: [
    ...['present', 'crc32c', 'balance', 'idle-timeout', 'max-sessions', 'probe'],
    ...['accept-proxy', 'headerless'],
  ],
  addressClass: null,
  publish: { kind: 'nodes' },
  publishMax: 16,
  listenerShare: 0.25,
  checkPods: false,
  endpointCidrs: [],
  metricsAllow: { cidrs: [], unix: false, names: [] },
};

test('a gateway has the defaults of the contract, and no listeners', (t) => {
  const { gateway, config } = readGatewayFlags(LEAST_GATEWAY);
  t.deepEqual(gateway, DEFAULTS);
  t.deepEqual(config.listeners, []);
  t.deepEqual(config.warnings, []);
});

test('a gateway uses the processors of its container, as an edge does', (t) => {
  t.is(readGatewayFlags(LEAST_GATEWAY).config.process.threads, null);
});

test('what has no harmless default is required: whose objects, how clients are presented, at which addresses', (t) => {
  t.deepEqual(
    linesOf(() => readGatewayFlags({})),
    [
      '--namespaces: is required: all, or labels of namespaces such as team=shop or env in (dev,test),!legacy',
      '--default-present: is required: one of none, v1, v2, transparent',
      '--publish: is required without --address-class, since a Service without an address stays at <pending>: nodes (the addresses of the nodes with a Herald), addresses of your own, or --address-class with the class of a balancer',
    ],
  );
});

test('every mistake is reported at once, whether of the command line, of the process or of the gateway', (t) => {
  const earlier = { code: 'unknown_flag', option: '--x', expected: 'a flag', got: '"x"' };
  const flags = new Map([
    ['namespaces', ['team in shop']],
    ['logLevel', ['loud']],
    ['port-hold', ['1h']],
    ['ports', ['0']],
    ['watchConfig', ['true']],
  ]);
  t.deepEqual(
    linesOf(() =>
      gatewayFromFlags(flags, { HERALD_DEFAULT_PRESENT: 'v3', HERALD_PUBLISH: 'here' }, [earlier]),
    ),
    [
      '--x: expected a flag, got "x"',
      '--namespaces: expected all, or labels of namespaces such as team=shop or env in (dev,test),!legacy, got "team in shop"',
      'HERALD_DEFAULT_PRESENT: expected one of none, v1, v2, transparent, got "v3"',
      'HERALD_PUBLISH: expected nodes, or addresses such as 203.0.113.7 or 2001:db8::7, got "here"',
      '--ports: expected ports and ranges of ports, such as 80,443,1024-29999, got "0"',
      '--log-level: expected one of debug, info, warn, error, got "loud"',
      '--watch-config: there is no file to watch; this option is for herald run --config FILE',
    ],
  );
});

test('each option of a gateway is a variable too, and a flag takes precedence', (t) => {
  const env = { HERALD_NAMESPACES: 'all', HERALD_DEFAULT_PRESENT: 'v1', HERALD_PUBLISH: '203.0.113.7' };
  const { gateway } = readGatewayFlags({ defaultPresent: 'v2' }, { ...env, NODE_NAME: 'node-a' });
  t.is(gateway.defaultPresent, 'v2');
  t.deepEqual(gateway.publish, { kind: 'addresses', addresses: ['203.0.113.7'] });
});

test('a prefix of its own is that of the class too, unless the class is named', (t) => {
  const flags = { ...LEAST_GATEWAY, prefix: 'edge.example.com/' };
  t.is(readGatewayFlags(flags).gateway.class, 'edge.example.com/edge');
  t.is(readGatewayFlags({ ...flags, class: 'inside' }).gateway.class, 'inside');
  t.deepEqual(
    linesOf(() => readGatewayFlags({ ...LEAST_GATEWAY, prefix: 'edge.example.com' })),
    [
      '--prefix: expected a DNS name in lower case with / behind it, such as herald/ or edge.example.com/, got "edge.example.com"; did you mean edge.example.com/?',
    ],
  );
});

test('/config shows the options of the gateway with their defaults, and a change of one is a change of the hash', (t) => {
  const { config } = readGatewayFlags({ ...LEAST_GATEWAY, prefix: 'edge.example.com/' });
  const { gateway, listeners } = config.written as {
    gateway: { [key: string]: unknown };
    listeners: unknown;
  };
  t.is(gateway.class, 'edge.example.com/edge');
  t.is(gateway.publishMax, 16);
  t.is(gateway.namespaces, 'all');
  t.deepEqual(listeners, []);
  t.not(config.hash, readGatewayFlags(LEAST_GATEWAY).config.hash);
});

test('service health needs no listener of its own, for Services come from the cluster', (t) => {
  const { config } = readGatewayFlags({ ...LEAST_GATEWAY, serviceHealth: ':9466' });
  t.is(config.process.serviceHealth.address?.kind, 'tcp');
});
