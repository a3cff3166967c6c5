import test from 'ava';
import fc from 'fast-check';
import { parseList } from '../../../src/discovery/kubernetes/list-items.ts';

/** The items and the rest, as they are passed on. */
function parse(text: string): { readonly items: readonly unknown[]; readonly rest: unknown } {
  const items: unknown[] = [];
  const rest = parseList(Buffer.from(text), (item) => items.push(item));
  return { items, rest };
}

test('a list that is parsed item by item has what it has when it is parsed as a whole', (t) => {
  const item = fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue()));
  fc.assert(
    fc.property(
      fc.array(item),
      fc.jsonValue(),
      fc.boolean(),
      fc.boolean(),
      (items, metadata, isFirst, isSpaced) => {
        const list = isFirst ? { items, metadata } : { kind: 'List', metadata, items };
        const text = JSON.stringify(list, null, isSpaced ? 2 : undefined);
        const whole = JSON.parse(text);
        t.deepEqual(parse(text), { items: whole.items, rest: { ...whole, items: [] } });
      },
    ),
  );
});

test('braces, brackets and quotes within strings are no borders', (t) => {
  const items = [{ a: '}],"items":[{' }, { b: '\\"}' }, { c: '"' }, { d: '\\' }];
  t.deepEqual(parse(JSON.stringify({ metadata: { x: '"items":[' }, items })).items, items);
});

test('an `items` within another part of the list is not taken for the list', (t) => {
  const text = '{"metadata":{"items":[{"a":1}]},"items":[{"b":2}]}';
  t.deepEqual(parse(text).items, [{ b: 2 }]);
});

test('what is not JSON is undefined, and what is no list has no items', (t) => {
  for (const wrong of [
    '',
    '{"items":[',
    '{"items":[{]}',
    '{"items":[{}]',
    '{"items":[{}}',
    '{"items":[{"a"}]}',
  ])
    t.is(parse(wrong).rest, undefined, wrong);
  t.deepEqual(parse('{"items":{}}'), { items: [], rest: { items: {} } });
  t.deepEqual(parse('{"items":null}'), { items: [], rest: { items: null } });
  t.deepEqual(parse('[]'), { items: [], rest: [] });
  t.deepEqual(parse('{"items":[null,1]}'), { items: [null, 1], rest: { items: [] } });
});
