import test from 'ava';
import { readServiceObject } from '../../../src/controller/objects/read-service.ts';

function service(spec: unknown, status: unknown = {}) {
  return { metadata: { name: 'web', namespace: 'shop' }, spec, status };
}

test('a Service is read with its ports, families, addresses and status', (t) => {
  const read = readServiceObject(
    service(
      {
        type: 'LoadBalancer',
        loadBalancerClass: 'herald/edge',
        externalTrafficPolicy: 'Local',
        clusterIP: '10.96.0.7',
        clusterIPs: ['10.96.0.7', 'FD00::7'],
        ipFamilies: ['IPv6', 'IPv4'],
        loadBalancerSourceRanges: ['10.0.0.0/8'],
        ports: [
          { name: 'https', port: 443, nodePort: 30443, protocol: 'TCP' },
          { name: 'quic', port: 443, protocol: 'UDP' },
        ],
      },
      {
        loadBalancer: {
          ingress: [{ ip: '10.0.0.1', ipMode: 'VIP', ports: [{ port: 443, protocol: 'TCP', error: 'x' }] }],
        },
      },
    ),
  );
  t.like(read, {
    type: 'LoadBalancer',
    loadBalancerClass: 'herald/edge',
    hasSourceRanges: true,
    ipFamilies: [6, 4],
    clusterIps: ['10.96.0.7', 'fd00::7'],
  });
  t.deepEqual(read?.servicePorts, [
    { name: 'https', port: 443, protocol: 'TCP', nodePort: 30_443 },
    { name: 'quic', port: 443, protocol: 'UDP', nodePort: 0 },
  ]);
  t.deepEqual(read?.ingress, [
    { ip: '10.0.0.1', hostname: null, ipMode: 'VIP', ports: [{ port: 443, protocol: 'TCP', error: 'x' }] },
  ]);
  t.is(read?.service.facts.externalTrafficPolicy, 'Local');
});

test('families that cannot be read are those of its own addresses', (t) => {
  t.deepEqual(readServiceObject(service({ clusterIPs: ['fd00::1', '10.0.0.1'] }))?.ipFamilies, [6, 4]);
  t.deepEqual(readServiceObject(service({ clusterIP: 'None', ipFamilies: ['IPv5'] }))?.ipFamilies, []);
  t.deepEqual(readServiceObject(service({ ipFamilies: ['IPv4', 'IPv4', 7] }))?.ipFamilies, [4]);
});

test('ports that no listener could have are left out, and a name that is a number is not used as one', (t) => {
  const ports = [
    ...[
      null,
      7,
      {},
      { port: 0 },
      { port: 65_536 },
      { port: 1.5 },
      { port: '80' },
      { port: 80, protocol: 'QUIC' },
    ],
    ...[
      { port: 80, name: '8080' },
      { port: 80, name: 'again' },
      { port: 81, name: 'a b' },
      { port: 82, name: 'x' },
    ],
  ];
  t.deepEqual(
    readServiceObject(service({ ports }))?.servicePorts.map(({ name, port }) => [name, port]),
    [
      ['', 80],
      ['', 81],
      ['x', 82],
    ],
  );
});

test('whatever stands in its fields, reading is no exception', (t) => {
  for (const odd of [null, 7, 'x', true, [], [null], {}, { a: 1 }]) {
    const spec = {
      ...{ type: odd, loadBalancerClass: odd, ports: odd, ipFamilies: odd, clusterIPs: odd, clusterIP: odd },
      ...{ loadBalancerSourceRanges: odd, sessionAffinity: odd, sessionAffinityConfig: odd },
    };
    t.truthy(readServiceObject(service(spec, { loadBalancer: { ingress: odd } })));
    t.truthy(readServiceObject(service(odd, odd)));
    t.is(readServiceObject(odd), null);
  }
});
