import test from 'ava';
import { readGatewayClass } from '../../../src/controller/objects/read-gateway-class.ts';

const metadata = { name: 'herald', uid: 'u', generation: 2, resourceVersion: '9' };

test('a GatewayClass is read with its parameters, conditions and features', (t) => {
  const read = readGatewayClass({
    metadata,
    spec: {
      controllerName: 'herald/gateway',
      parametersRef: { group: '', kind: 'ConfigMap', name: 'a', namespace: 'b' },
    },
    status: {
      conditions: [
        {
          type: 'Accepted',
          status: 'True',
          reason: 'Accepted',
          message: 'm',
          observedGeneration: 2,
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
        { status: 'True' },
        null,
      ],
      supportedFeatures: [{ name: 'Gateway' }, 'TCPRoute', { name: 7 }, null],
    },
  });
  t.is(read?.name, 'herald');
  t.is(read?.namespace, '');
  t.is(read?.generation, 2);
  t.is(read?.controllerName, 'herald/gateway');
  t.true(read?.hasParameters);
  t.deepEqual(read?.conditions, [
    {
      type: 'Accepted',
      status: 'True',
      reason: 'Accepted',
      message: 'm',
      observedGeneration: 2,
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ]);
  t.deepEqual(read?.supportedFeatures, ['Gateway', 'TCPRoute'], 'older definitions had texts');
});

test('what breaks the schema counts as absent, and a class without a name is none', (t) => {
  const read = readGatewayClass({ metadata, spec: { controllerName: 3, parametersRef: null }, status: null });
  t.is(read?.controllerName, '');
  t.false(read?.hasParameters);
  t.deepEqual(read?.conditions, []);
  t.is(readGatewayClass({ metadata: {}, spec: {} }), null);
  t.is(readGatewayClass(null), null);
});
