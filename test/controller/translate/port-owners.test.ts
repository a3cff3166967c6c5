import test from 'ava';
import { portOwners } from '../../../src/controller/translate/port-owners.ts';
import { objectsOf } from '../golden-world.ts';

const OPTIONS = { class: 'herald/edge', prefix: 'herald/', namespaces: { kind: 'all' } } as const;

/** Ports with their namespaces: `443 shop`. */
function owners(...objects: object[]): string[] {
  const found = portOwners(objectsOf({ objects }), OPTIONS);
  return [...found].map(([port, namespaces]) => `${port} ${[...namespaces].join(' ')}`).sort();
}

function service(namespace: string, ingress: readonly object[], spec: object = {}): object {
  return {
    kind: 'Service',
    metadata: { name: 'web', namespace },
    spec: {
      ...{ type: 'LoadBalancer', loadBalancerClass: 'herald/edge', clusterIP: '10.96.0.1' },
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 443 },
        { name: 'c', port: 53, protocol: 'UDP' },
      ],
      ...spec,
    },
    status: { loadBalancer: { ingress } },
  };
}

const GATEWAY_CLASS = {
  kind: 'GatewayClass',
  metadata: { name: 'herald' },
  spec: { controllerName: 'herald/gateway' },
};

function gateway(namespace: string, className: string, programmed: readonly string[]): object {
  return {
    kind: 'Gateway',
    metadata: { name: 'edge', namespace },
    spec: {
      gatewayClassName: className,
      listeners: [
        { name: 'web', port: 80, protocol: 'TCP' },
        { name: 'db', port: 5432, protocol: 'TCP' },
      ],
    },
    status: {
      listeners: ['web', 'db', 'gone'].map((name) => ({
        name,
        conditions: [{ type: 'Programmed', status: programmed.includes(name) ? 'True' : 'False' }],
      })),
    },
  };
}

test('G2: a Service whose status names an address has its TCP ports', (t) => {
  t.deepEqual(owners(service('shop', [{ ip: '192.0.2.1' }])), ['443 shop', '80 shop']);
});

test('G2: a Service without an address has none, nor has one of another class', (t) => {
  t.deepEqual(owners(service('shop', [])), []);
  t.deepEqual(owners(service('shop', [{ ip: '192.0.2.1' }], { loadBalancerClass: 'other/class' })), []);
});

test('G2: a port with an error in the status is not had', (t) => {
  const ports = [{ port: 443, protocol: 'TCP', error: 'herald/PortConflict' }];
  t.deepEqual(owners(service('shop', [{ ip: '192.0.2.1', ports }])), ['80 shop']);
});

test('G2: a port that could not be opened on one of the nodes is had', (t) => {
  const ports = [{ port: 443, protocol: 'TCP', error: 'herald/PortUnavailable' }];
  const ingress = [{ ip: '192.0.2.1', ports }, { ip: '192.0.2.2' }];
  t.deepEqual(owners(service('shop', ingress)), ['443 shop', '80 shop']);
});

test('G2: of a Gateway of this controller the ports of programmed listeners are had', (t) => {
  t.deepEqual(owners(GATEWAY_CLASS, gateway('infra', 'herald', ['db', 'gone'])), ['5432 infra']);
  t.deepEqual(owners(GATEWAY_CLASS, gateway('infra', 'herald', [])), []);
});

test('G2: a Gateway of another class, or of one that is not there, has none', (t) => {
  const other = { ...GATEWAY_CLASS, spec: { controllerName: 'other/gateway' } };
  t.deepEqual(owners(other, gateway('infra', 'herald', ['web'])), []);
  t.deepEqual(owners(gateway('infra', 'herald', ['web'])), []);
});

test('G2: two namespaces that have a port at two addresses both have it', (t) => {
  const both = owners(
    GATEWAY_CLASS,
    gateway('infra', 'herald', ['web']),
    service('shop', [{ ip: '192.0.2.1' }]),
  );
  t.deepEqual(both, ['443 shop', '80 shop infra']);
});
