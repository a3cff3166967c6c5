import test from 'ava';
import { routeBackends } from '../../../../src/controller/translate/gateways/route-backends.ts';
import { documents, objectsOf } from './gateway-scene.ts';

const SERVICES = `
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { ports: [{ name: sql, port: 5432 }, { name: dns, port: 53, protocol: UDP }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: far, namespace: other }
spec: { ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: cname, namespace: shop }
spec: { type: ExternalName, externalName: a.example, ports: [{ port: 80 }] }
`;

function backends(rules: unknown, more = '', isServed = (_: string) => true) {
  const route = { kind: 'TCPRoute', metadata: { name: 'r', namespace: 'shop' }, spec: { rules } };
  const objects = objectsOf([...documents(`${SERVICES}---\n${more}`), route]);
  const found = routeBackends([...objects.tcpRoutes.values()][0]!, objects, isServed);
  return { ...found, to: found.to.map(({ endpoint, weight }) => [endpoint, weight]) };
}

function one(...backendRefs: object[]) {
  return backends([{ backendRefs }]);
}

test('a backend is a port of a Service, by its name where it has one', (t) => {
  const { to, unresolved } = one({ name: 'db', port: 5432, weight: 7 }, { name: 'web', port: 80 });
  t.deepEqual(to, [
    ['k8s:shop/db:sql', 7],
    ['k8s:shop/web:80', 1],
  ]);
  t.is(unresolved, null);
});

test('an invalid backend refuses its share, and the first reason is that of the condition', (t) => {
  const { to, unresolved } = one(
    { name: 'db', port: 5432, weight: 70 },
    { name: 'gone', port: 80, weight: 20 },
    { name: 'db', kind: 'Database', group: 'example.com', weight: 10 },
  );
  t.deepEqual(to, [
    ['k8s:shop/db:sql', 70],
    [null, 20],
    [null, 10],
  ]);
  t.deepEqual(unresolved, {
    reason: 'BackendNotFound',
    message:
      'backend shop/gone does not exist; backend shop/db is a Database.example.com, and only a Service can be a backend.',
  });
});

test('each way in which a backend is invalid has its reason', (t) => {
  const reason = (ref: object) => one(ref).unresolved?.reason;
  t.is(reason({ name: 'gone', port: 80 }), 'BackendNotFound');
  t.is(reason({ name: 'db', port: 81 }), 'BackendNotFound');
  t.is(reason({ name: 'db' }), 'BackendNotFound');
  t.is(reason({ name: 'db', port: 53 }), 'UnsupportedProtocol');
  t.is(reason({ name: 'db', port: 5432, kind: 'ConfigMap' }), 'InvalidKind');
  t.is(reason({ name: 'db', port: 5432, group: 'example.com' }), 'InvalidKind');
  t.is(reason({ name: 'cname', port: 80 }), 'InvalidKind');
  t.is(reason({ name: 'far', namespace: 'other', port: 80 }), 'RefNotPermitted');
  t.is(
    reason({ name: 'nobody', namespace: 'other', port: 80 }),
    'RefNotPermitted',
    'whether a Service exists in another namespace is not told',
  );
});

test('weight 0 gets nothing, and where nothing is left every client is refused', (t) => {
  t.deepEqual(one({ name: 'db', port: 5432, weight: 0 }, { name: 'web', port: 80, weight: 3 }).to, [
    ['k8s:shop/web:80', 3],
  ]);
  const zero = one({ name: 'db', port: 5432, weight: 0 }, { name: 'gone', port: 1, weight: 0 });
  t.deepEqual(zero.to, [[null, 1]]);
  t.is(zero.unresolved?.reason, 'BackendNotFound', 'an invalid backend is told, whatever its weight');
  t.deepEqual(backends([]).to, [[null, 1]]);
  t.deepEqual(backends(null).to, [[null, 1]]);
});

test('a Service that is named twice has the sum of its weights', (t) => {
  t.deepEqual(one({ name: 'db', port: 5432, weight: 2 }, { name: 'db', port: 5432, weight: 3 }).to, [
    ['k8s:shop/db:sql', 5],
  ]);
});

test('of several rules, which an older version allows, the first counts', (t) => {
  const { to, droppedRules } = backends([
    { backendRefs: [{ name: 'db', port: 5432 }] },
    { backendRefs: [{ name: 'web', port: 80 }] },
  ]);
  t.deepEqual(to, [['k8s:shop/db:sql', 1]]);
  t.is(droppedRules, 1);
});

const GROUP = 'gateway.networking.k8s.io';

function granted(from: object, to: object, more: { namespace?: string; deletionTimestamp?: string } = {}) {
  const grant = {
    kind: 'ReferenceGrant',
    metadata: { name: 'g', namespace: 'other', ...more },
    spec: {
      from: [{ group: GROUP, kind: 'TCPRoute', namespace: 'shop', ...from }],
      to: [{ group: '', kind: 'Service', ...to }],
    },
  };
  const rules = [{ backendRefs: [{ name: 'far', namespace: 'other', port: 80 }] }];
  return backends(rules, JSON.stringify(grant)).unresolved === null;
}

test('a grant opens one Service or all of its namespace, to routes of the kind and namespace that it names', (t) => {
  t.true(granted({}, {}));
  t.true(granted({}, { name: 'far' }));
  t.false(granted({}, { name: 'near' }));
  t.false(granted({}, { kind: 'Secret' }));
  t.false(granted({}, { group: 'example.com' }));
  t.false(granted({ kind: 'HTTPRoute' }, {}));
  t.false(granted({ group: 'example.com' }, {}));
  t.false(granted({ namespace: 'elsewhere' }, {}));
  t.false(granted({}, {}, { namespace: 'shop' }), 'the grant is of the namespace that is referred to');
  t.false(granted({}, {}, { deletionTimestamp: '2026-01-01T00:00:00Z' }), 'it is withdrawn');
});

test('--namespaces: a backend of a namespace that is not served is not permitted, even with a grant', (t) => {
  const grant = `
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: g, namespace: other }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: TCPRoute, namespace: shop }]
  to: [{ group: '', kind: Service }]
`;
  const rules = [{ backendRefs: [{ name: 'far', namespace: 'other', port: 80 }] }];
  t.is(backends(rules, grant).unresolved, null);
  const { to, unresolved } = backends(rules, grant, (namespace) => namespace === 'shop');
  t.deepEqual(to, [[null, 1]]);
  t.deepEqual(unresolved, {
    reason: 'RefNotPermitted',
    message: 'backend other/far is of a namespace that this gateway does not serve.',
  });
});
