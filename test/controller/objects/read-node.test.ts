import test from 'ava';
import { readNamespace } from '../../../src/controller/objects/read-namespace.ts';
import { readNode } from '../../../src/controller/objects/read-node.ts';

test('a Node is read with what decides whether it is published', (t) => {
  const node = readNode({
    metadata: { name: 'a', labels: { zone: 'x' } },
    spec: { taints: [{ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }, null, { key: 7 }] },
    status: {
      conditions: [null, { type: 'DiskPressure', status: 'False' }, { type: 'Ready', status: 'True' }],
      addresses: [
        ...[{ type: 'Hostname', address: 'a' }, { type: 'InternalIP', address: '10.0.0.1' }, null],
        ...[
          { type: 'InternalIP', address: '2001:DB8::1' },
          { type: 'ExternalIP', address: '::ffff:192.0.2.1' },
        ],
        ...[
          { type: 'ExternalIP', address: 'a.example.com' },
          { type: 'ExternalIP', address: 7 },
        ],
      ],
    },
  });
  t.like(node, {
    isReady: true,
    taints: ['ToBeDeletedByClusterAutoscaler'],
    internalIps: ['10.0.0.1', '2001:db8::1'],
    externalIps: ['192.0.2.1'],
    labels: { zone: 'x' },
  });
});

test('a Node that does not say that it is ready is not', (t) => {
  for (const conditions of [
    undefined,
    null,
    'x',
    [],
    [{ type: 'Ready', status: 'Unknown' }],
    [{ type: 'Ready' }],
  ]) {
    t.is(readNode({ metadata: { name: 'a' }, status: { conditions } })?.isReady, false);
  }
  t.is(readNode({ metadata: { name: 'a' } })?.isReady, false);
  t.is(readNode({}), null);
});

test('a Namespace is read with its labels', (t) => {
  t.deepEqual(readNamespace({ metadata: { name: 'shop', labels: { team: 'a' } } })?.labels, { team: 'a' });
  t.is(readNamespace({ metadata: {} }), null);
});
