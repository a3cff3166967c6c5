import test from 'ava';
import { parse } from 'yaml';
import type { Translation } from '../../../../src/controller/translate/translation.ts';
import { CLASS, carried, documents, objectsOf, translated } from './gateway-scene.ts';

// Which Gateways are this controller's is what their classes say at the moment.

const GATEWAY = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec: { gatewayClassName: herald, listeners: [{ name: db, port: 5432, protocol: TCP }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: late, namespace: shop }
spec: { gatewayClassName: second, listeners: [{ name: db, port: 5433, protocol: TCP }] }
---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: { name: db, namespace: shop }
spec: { parentRefs: [{ name: edge }, { name: late }], rules: [] }
status:
  parents:
    - { parentRef: { name: edge }, controllerName: herald/gateway, conditions: [] }
    - { parentRef: { name: edge }, controllerName: example.com/other, conditions: [] }
`;
const SECOND = CLASS.replace('name: herald', 'name: second');
const FOREIGN = CLASS.replace('herald/gateway', 'example.com/other');

function withClasses(...classes: readonly string[]): Translation {
  return translated(objectsOf([...classes.map((each) => parse(each)), ...documents(GATEWAY)]));
}

/** `Gateway edge`, for each status; of a route with its parents. */
function told({ statuses }: Translation): string[] {
  return statuses.map((status) => {
    const parents =
      status.of === 'Route' ? status.parents.map(({ parentRef }) => parentRef.name).join() : null;
    return `${status.ref.kind} ${status.ref.name}${parents === null ? '' : `: ${parents}`}`;
  });
}

test('a Gateway whose class does not exist yet is left alone, and served once it does', (t) => {
  const before = withClasses(CLASS);
  t.deepEqual(told(before), ['GatewayClass herald', 'Gateway edge', 'TCPRoute db: edge']);
  t.is(carried(before).length, 1);
  const after = withClasses(CLASS, SECOND);
  t.deepEqual(told(after), [
    ...['GatewayClass herald', 'GatewayClass second'],
    ...['Gateway edge', 'Gateway late', 'TCPRoute db: edge,late'],
  ]);
  t.is(carried(after).length, 2);
});

test("a class that is another controller's by now takes its Gateways along, and a route loses its entry for them", (t) => {
  const gone = withClasses(FOREIGN);
  t.deepEqual(told(gone), ['TCPRoute db: ']);
  t.deepEqual([carried(gone), gone.events], [[], []]);
});

test('a class that was removed closes the listeners of its Gateways', (t) => {
  t.deepEqual(carried(withClasses()), []);
});

test('a class that waits to be deleted still serves: its Gateways are what keeps it', (t) => {
  const leaving = CLASS.replace(
    'uid: uid-class',
    "uid: uid-class, deletionTimestamp: '2026-06-01T00:00:00Z'",
  );
  t.is(carried(withClasses(leaving)).length, 1);
});
