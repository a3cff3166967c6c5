import test from 'ava';
import fc from 'fast-check';
import {
  type Changed,
  createResourceStore,
  type ResourceStore,
} from '../../../../src/discovery/kubernetes/watch/resource-store.ts';

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
  return name.startsWith('-') ? null : { service: 'web', value: `${name}@${resourceVersion}` };
};
const values = (store: ResourceStore<string>) => [...store.of('web')];
function replaceAll<T>(store: ResourceStore<T>, list: unknown): Changed | null {
  const next = store.replace();
  return next.add(list) ? next.finish() : null;
}
const hasChanged = (changed: Changed | null) => (changed === null ? null : [...changed].join() === 'web');

test('W4: a list replaces everything', (t) => {
  const store = createResourceStore(read);
  t.true(hasChanged(replaceAll(store, { items: [thing('a', 1), thing('b', 2)] })));
  t.false(hasChanged(replaceAll(store, { items: [thing('b', 2), thing('a', 1)] })));
  t.true(hasChanged(replaceAll(store, { items: [thing('b', 2)] })));
  t.deepEqual(values(store), ['b@2']);
  t.true(
    hasChanged(replaceAll(store, { items: [thing('b', 2, 'another')] })),
    'the same name and version with another uid',
  );
  t.true(hasChanged(replaceAll(store, { items: null })));
  t.deepEqual(values(store), []);
});

test('a response that is not a list changes nothing', (t) => {
  const store = createResourceStore(read);
  replaceAll(store, { items: [thing('a', 1)] });
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
    t.is(replaceAll(store, wrong), null);
  t.deepEqual(values(store), ['a@1']);
});

test('a list is applied as far as its items can be read', (t) => {
  const store = createResourceStore(read);
  replaceAll(store, { items: [thing('a', 1)] });
  t.true(hasChanged(replaceAll(store, { items: [null, thing('b', 1)] })));
  t.deepEqual(values(store), ['b@1']);
});

test('an object that is not wanted is not among the values and changes nothing', (t) => {
  const store = createResourceStore(read);
  t.false(hasChanged(replaceAll(store, { items: [thing('-', 1)] })));
  t.deepEqual(values(store), []);
});

test('values are kept by their Service, and one that moves changes both', (t) => {
  const owners = new Map([
    ['1', 'web'],
    ['2', 'api'],
  ]);
  const store = createResourceStore((object) => {
    const { name, resourceVersion } = (object as Thing).metadata;
    return { service: owners.get(resourceVersion)!, value: name };
  });
  t.deepEqual(replaceAll(store, { items: [thing('a', 1), thing('b', 2)] }), new Set(['web', 'api']));
  t.deepEqual([values(store), [...store.of('api')]], [['a'], ['b']]);
  const moved = thing('a', 2);
  t.deepEqual(store.apply({ type: 'changed', key: keyOf(moved), object: moved }), new Set(['api', 'web']));
  t.deepEqual([values(store), [...store.of('api')]], [[], ['b', 'a']]);
  t.deepEqual(replaceAll(store, { items: [] }), new Set(['api']));
  t.deepEqual([...store.of('api')], []);
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
        const seen = () => JSON.stringify([...oracle].filter(([each]) => each !== '-'));
        const before = seen();
        if (type === 'changed') oracle.set(name, object);
        else if (oracle.get(name)?.metadata.uid === uid) oracle.delete(name);
        const changed = store.apply({ type, key: keyOf(object), object });
        t.is(hasChanged(changed), seen() !== before);
      }
      const expected = [...oracle.values()].flatMap((each) => read(each)?.value ?? []);
      t.deepEqual(values(store).sort(), expected.sort());
    }),
  );
});

test('a list of several pages is applied as a whole, once it is complete', (t) => {
  const store = createResourceStore(read);
  replaceAll(store, { items: [thing('a', 1), thing('b', 2)] });
  const next = store.replace();
  t.true(next.add({ items: [thing('b', 2)] }));
  t.deepEqual(values(store), ['a@1', 'b@2']);
  t.true(next.add({ items: [thing('c', 3)] }));
  t.deepEqual(values(store), ['a@1', 'b@2']);
  next.finish();
  t.deepEqual(values(store), ['b@2', 'c@3']);
});

test('a value stays the same object while its version is the same, unless it is to be read again', (t) => {
  const store = createResourceStore((object) => ({ service: 'web', value: { object } }));
  replaceAll(store, { items: [thing('a', 1), thing('b', 1)] });
  const a = store.values.get('a');
  const b = store.values.get('b');
  replaceAll(store, { items: [thing('a', 1), thing('b', 2)] });
  t.is(store.values.get('a'), a);
  t.not(store.values.get('b'), b);
  const again = store.replace(true);
  again.add({ items: [thing('a', 1)] });
  t.deepEqual(again.finish(), new Set(['web']));
  t.not(store.values.get('a'), a);
  t.deepEqual([...store.values.keys()], ['a']);
});

test('objects of one name in two namespaces are two', (t) => {
  const store = createResourceStore((object) => ({ service: 'web', value: object }));
  const of = (namespace: string) => ({ metadata: { ...thing('a', 1).metadata, namespace } });
  replaceAll(store, { items: [of('shop'), of('other'), thing('a', 1)] });
  t.deepEqual([...store.values.keys()], ['shop/a', 'other/a', 'a']);
});
