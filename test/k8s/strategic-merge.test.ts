import test from 'ava';
import { type Fields, strategicMerge } from './strategic-merge.ts';

const ROWS: readonly (readonly [title: string, object: Fields, patch: Fields, merged: Fields])[] = [
  ['a field is added', { a: 1 }, { b: 2 }, { a: 1, b: 2 }],
  ['a field is replaced', { a: 1 }, { a: 2 }, { a: 2 }],
  ['null takes a field away', { a: 1, b: 2 }, { a: null }, { b: 2 }],
  ['objects merge', { a: { b: 1, c: 2 } }, { a: { b: 3 } }, { a: { b: 3, c: 2 } }],
  ['a list without a key is replaced', { args: ['a', 'b'] }, { args: ['c'] }, { args: ['c'] }],
  [
    'a keyed list merges, and what is new comes first',
    { env: [{ name: 'A', value: '1' }] },
    {
      env: [
        { name: 'B', value: '2' },
        { name: 'A', value: '3' },
      ],
    },
    {
      env: [
        { name: 'B', value: '2' },
        { name: 'A', value: '3' },
      ],
    },
  ],
  [
    "ports of a container have a number of their own, a Service's another",
    { ports: [{ containerPort: 1, name: 'a' }] },
    { ports: [{ containerPort: 2, name: 'b' }] },
    {
      ports: [
        { containerPort: 2, name: 'b' },
        { containerPort: 1, name: 'a' },
      ],
    },
  ],
];

for (const [title, object, patch, merged] of ROWS) {
  test(`in a strategic merge ${title}`, (t) => {
    const before = JSON.stringify(object);
    t.deepEqual(strategicMerge('Deployment', object, patch), merged);
    t.is(JSON.stringify(object), before, 'what is patched stays as it is');
  });
}

test("in a strategic merge a policy's ports are replaced", (t) => {
  t.deepEqual(strategicMerge('NetworkPolicy', { ports: [{ port: 1 }] }, { ports: [{ port: 2 }] }), {
    ports: [{ port: 2 }],
  });
});

test('an item without its key is an error, not a new item', (t) => {
  t.throws(() => strategicMerge('Pod', { env: [{ name: 'A' }] }, { env: [{ value: '1' }] }), {
    message: /without name/,
  });
});
