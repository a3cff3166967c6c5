import test from 'ava';
import fc from 'fast-check';
import { createResourceStore } from '../../../src/discovery/kubernetes/resource-store.ts';

interface Thing {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
}

const thing = (name: string, version: number, uid = name): Thing => ({
  metadata: { name, uid, resourceVersion: `${version}` },
});
const keyOf = ({ metadata: { name, uid, resourceVersion } }: Thing) => ({
  name,
  uid,
  version: resourceVersion,
});
const read = (object: unknown) => {
  const { name, resourceVersion } = (object as Thing).metadata;
  return name.startsWith('-') ? null : `${name}@${resourceVersion}`;
};

test('W4: a list is all that there is', (t) => {
  const store = createResourceStore(read);
  t.true(store.replace({ items: [thing('a', 1), thing('b', 2)] }));
  t.false(store.replace({ items: [thing('b', 2), thing('a', 1)] }));
  t.true(store.replace({ items: [thing('b', 2)] }));
  t.deepEqual([...store.values()], ['b@2']);
  t.true(store.replace({ items: [thing('b', 2, 'another')] }), 'the same name and version with another uid');
  t.true(store.replace({ items: null }));
  t.deepEqual([...store.values()], []);
});

test('what is no list touches nothing', (t) => {
  const store = createResourceStore(read);
  store.replace({ items: [thing('a', 1)] });
  for (const wrong of [
    undefined,
    null,
    {},
    { items: {} },
    { items: 'a' },
    [],
    { items: [null] },
    { items: [{}, 1] },
  ])
    t.is(store.replace(wrong), null);
  t.deepEqual([...store.values()], ['a@1']);
});

test('a list of which some can be read is taken for those', (t) => {
  const store = createResourceStore(read);
  store.replace({ items: [thing('a', 1)] });
  t.true(store.replace({ items: [null, thing('b', 1)] }));
  t.deepEqual([...store.values()], ['b@1']);
});

test('what is none of ours is not among the values, and its going changes what is stored all the same', (t) => {
  const store = createResourceStore(read);
  store.replace({ items: [thing('-', 1)] });
  t.deepEqual([...store.values()], []);
});

test('whatever the events, repeated or not, the values are those of a map that was told the same', (t) => {
  const event = fc.record({
    type: fc.constantFrom('changed' as const, 'deleted' as const),
    name: fc.constantFrom('a', 'b', '-'),
    version: fc.integer({ min: 1, max: 3 }),
    uid: fc.constantFrom('u', 'v'),
  });
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const store = createResourceStore(read);
      const oracle = new Map<string, Thing>();
      for (const { type, name, version, uid } of events) {
        const object = thing(name, version, uid);
        const before = JSON.stringify([...oracle]);
        if (type === 'changed') oracle.set(name, object);
        else if (oracle.get(name)?.metadata.uid === uid) oracle.delete(name);
        t.is(store.apply({ type, key: keyOf(object), object }), JSON.stringify([...oracle]) !== before);
      }
      const expected = [...oracle.values()].map(read).filter((value) => value !== null);
      t.deepEqual([...store.values()].sort(), expected.sort());
    }),
  );
});
