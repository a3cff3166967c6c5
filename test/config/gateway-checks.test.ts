import test from 'ava';
import { LEAST_GATEWAY, readGatewayFlags } from './gateway-flags.ts';
import { linesOf } from './problems-of.ts';
import type { FlagTexts } from './read-flags.ts';

const { publish: _, ...NO_ADDRESS } = LEAST_GATEWAY;
const { nodeName: __, ...NO_NODE } = LEAST_GATEWAY;
const HOP = { hopListen: ':9467', nodeEcho: 'k8s:herald/echo:echo' };

const WRONG: readonly (readonly [title: string, flags: FlagTexts, line: string])[] = [
  [
    'addresses come from one place, not from two',
    { ...LEAST_GATEWAY, addressClass: 'metallb' },
    '--publish: cannot be given with --address-class, whose balancers give the addresses: leave one of them out',
  ],
  [
    'the balancer of the addresses is not Herald itself, which would publish Services for its own Services',
    { ...NO_ADDRESS, addressClass: 'herald/edge' },
    '--address-class: is the class that Herald itself serves (--class): expected that of a balancer',
  ],
  [
    'addresses that no status would name are refused',
    { ...LEAST_GATEWAY, publish: '203.0.113.1,203.0.113.2', publishMax: '1' },
    '--publish: expected at most 1 addresses (--publish-max), got 2',
  ],
  [
    'the addresses of nodes need the name of the node',
    NO_NODE,
    '--node-name: is required, since --publish is nodes: set this option, or the variable NODE_NAME from spec.nodeName',
  ],
  [
    'readers of metrics that nobody serves are a mistake',
    { ...LEAST_GATEWAY, metrics: 'none', metricsAllow: '10.0.0.0/8' },
    '--metrics-allow: would have no effect, since --metrics is none',
  ],
  [
    'readers of a unix socket are those that its file lets in',
    { ...LEAST_GATEWAY, metrics: 'unix:/run/m.sock', metricsAllow: 'unix' },
    '--metrics-allow: would have no effect, since --metrics is a unix socket, whose file mode says who may connect',
  ],
  [
    'no reader of a TCP address comes from a unix socket',
    { ...LEAST_GATEWAY, metricsAllow: '10.0.0.0/8,unix' },
    '--metrics-allow: "unix" would match nobody, since --metrics is not a unix socket',
  ],
  [
    'G12: objects that present transparent by default need a hop on each node',
    { ...LEAST_GATEWAY, defaultPresent: 'transparent' },
    '--hop-listen: is required, since --default-present is transparent: the address at which instances hand over sessions for the pods of their nodes, such as :9467',
  ],
  [
    'G12: a hop needs what its node is proven against',
    { ...LEAST_GATEWAY, hopListen: ':9467' },
    '--node-echo: is required, since --hop-listen is given: the echo against which each node proves that it can present clients',
  ],
  [
    'G12: a hop needs the name of its node',
    { ...NO_NODE, ...HOP, nodeEcho: '10.1.0.5:8080', publish: '203.0.113.1' },
    '--node-name: is required, since --hop-listen is given: set this option, or the variable NODE_NAME from spec.nodeName',
  ],
  [
    'G12: an echo that nobody asks is a mistake',
    { ...LEAST_GATEWAY, nodeEcho: HOP.nodeEcho },
    '--node-echo: would have no effect, since --hop-listen is not given, without which no object presents transparent',
  ],
  [
    'G12: an engine that cannot present transparently is a mistake',
    { ...LEAST_GATEWAY, ...HOP, engine: 'net' },
    '--engine: cannot serve objects that present transparent, which --hop-listen is for: expected auto or epoll',
  ],
  [
    'G12: the hop has a port that the process does not use otherwise',
    { ...LEAST_GATEWAY, ...HOP, hopListen: ':9464' },
    '--hop-listen: expected an address other than that of --metrics, got ":9464"',
  ],
];

for (const [title, flags, line] of WRONG) {
  test(title, (t) => {
    t.deepEqual(
      linesOf(() => readGatewayFlags(flags)),
      [line],
    );
  });
}

const DOUBTFUL: readonly (readonly [title: string, flags: FlagTexts, warning: string])[] = [
  [
    'endpoints anywhere without a Pod are a warning',
    { ...LEAST_GATEWAY, endpointCidrs: '0.0.0.0/0' },
    '--endpoint-cidrs covers every address: whoever may write EndpointSlices chooses what Herald connects to',
  ],
  [
    'metrics for everyone are a warning',
    { ...LEAST_GATEWAY, metricsAllow: '::/0' },
    "--metrics-allow covers every address: anyone can read the names of the cluster's Services and routes",
  ],
  [
    'a range that was written as an address with its network is a warning',
    { ...LEAST_GATEWAY, metricsAllow: '10.0.0.5/8' },
    '--metrics-allow: 10.0.0.5/8 means all of 10.0.0.0/8; for the one address write 10.0.0.5',
  ],
  [
    'a name where labels of namespaces are expected is a warning that says how to choose by name',
    { ...LEAST_GATEWAY, namespaces: 'shop' },
    '--namespaces: shop chooses namespaces that have a label of this name; to choose by the names of namespaces, write kubernetes.io/metadata.name in (shop)',
  ],
  [
    'several names where labels are expected are one warning',
    { ...LEAST_GATEWAY, namespaces: 'shop,db' },
    '--namespaces: shop,db chooses namespaces that have labels of these names; to choose by the names of namespaces, write kubernetes.io/metadata.name in (shop,db)',
  ],
  [
    'Local without the name of the node is a warning',
    { ...NO_NODE, publish: '203.0.113.7' },
    'externalTrafficPolicy: Local acts as Cluster, since the node of Herald is not known: set --node-name, or the variable NODE_NAME',
  ],
];

for (const [title, flags, warning] of DOUBTFUL) {
  test(title, (t) => t.deepEqual(readGatewayFlags(flags).config.warnings, [warning]));
}

for (const namespaces of ['all', 'team=shop', '!legacy', 'example.com/served', 'shop,team in (a,b)']) {
  test(`--namespaces ${namespaces} is no doubt`, (t) =>
    t.deepEqual(readGatewayFlags({ ...LEAST_GATEWAY, namespaces }).config.warnings, []));
}

test('G12: a hop with an echo is right', (t) => {
  const { gateway, config } = readGatewayFlags({ ...LEAST_GATEWAY, ...HOP, defaultPresent: 'transparent' });
  t.deepEqual(gateway.hopListen, { kind: 'tcp', ip: null, port: 9467 });
  t.deepEqual(config.warnings, []);
});

test('a gateway with a balancer class alone is whole', (t) => {
  const { gateway } = readGatewayFlags({ ...NO_ADDRESS, addressClass: 'metallb' });
  t.is(gateway.addressClass, 'metallb');
  t.is(gateway.publish, null);
});
