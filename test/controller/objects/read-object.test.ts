import test from 'ava';
import { readLabels, readObjectFacts } from '../../../src/controller/objects/read-object.ts';

const METADATA = {
  name: 'web.v1',
  namespace: 'shop',
  uid: 'u1',
  resourceVersion: '17',
  generation: 3,
  creationTimestamp: '2026-01-02T03:04:05Z',
  annotations: { 'herald/present': 'v2', number: 7 },
  labels: { team: 'shop', list: [] },
};

test('what every object has is read, and a field of the wrong type counts as absent', (t) => {
  t.deepEqual(readObjectFacts({ metadata: METADATA }, 'namespace'), {
    namespace: 'shop',
    name: 'web.v1',
    uid: 'u1',
    version: '17',
    generation: 3,
    createdMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    isDeleted: false,
    annotations: { 'herald/present': 'v2' },
  });
  t.deepEqual(readLabels({ metadata: METADATA }), { team: 'shop' });
  const odd = { name: 'a', namespace: 'b', generation: '3', creationTimestamp: 7, annotations: 'x', uid: {} };
  const facts = readObjectFacts({ metadata: { ...odd, deletionTimestamp: 'now' } }, 'namespace');
  t.like(facts, { generation: 0, createdMs: 0, uid: '', version: '', isDeleted: true });
  t.deepEqual(facts?.annotations, {});
});

test('an object of the cluster has no namespace', (t) => {
  t.is(readObjectFacts({ metadata: METADATA }, 'cluster')?.namespace, '');
  t.is(readObjectFacts({ metadata: { name: 'a' } }, 'cluster')?.name, 'a');
});

test('an object without a usable name is none: it could not be written to, and would be in texts', (t) => {
  const names = ['', 'A', '../a', 'a/b', 'a b', '-a', 'a-', 'a..b', 'a\n', 'é', 'x'.repeat(254), null, 7, {}];
  for (const name of names) {
    t.is(readObjectFacts({ metadata: { ...METADATA, name } }, 'namespace'), null, String(name));
    if (name !== null) {
      t.is(readObjectFacts({ metadata: { ...METADATA, namespace: name } }, 'namespace'), null, String(name));
    }
  }
  t.is(readObjectFacts({ metadata: { ...METADATA, namespace: 'a.b' } }, 'namespace'), null);
  for (const value of [null, undefined, 7, 'x', [], { metadata: [] }, { metadata: null }]) {
    t.is(readObjectFacts(value, 'cluster'), null);
    t.deepEqual(readLabels(value), {});
  }
});
