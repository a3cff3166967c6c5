import test from 'ava';
import { isMap, type Pair, parseDocument } from 'yaml';
import { DocumentIndex } from '../../src/config/document-index.ts';

const indexOf = (text: string) => new DocumentIndex(parseDocument(text, { uniqueKeys: false }));

test('a part stands at its key or item, and one that is not there at what is around it', (t) => {
  const text = 'a: 1\nlist:\n  - x\n  - b: 2\n';
  const index = indexOf(text);
  for (const [path, at] of [
    [['a'], 'a:'],
    [['list', 0], 'x'],
    [['list', 1, 'b'], 'b:'],
    [['list', 1, 'c'], 'b:'],
    [['list', 7], 'list'],
    [['none'], 'a:'],
    [[], 'a:'],
  ] as const) {
    t.is(index.positionOf(path), text.indexOf(at), path.join('.'));
  }
});

test('an alias stands for the last anchor of its name before it', (t) => {
  const text = '- &a {x: 1}\n- *a\n- &a {y: 2}\n- *a\n';
  const index = indexOf(text);
  t.is(index.positionOf([1, 'x']), text.indexOf('x'));
  t.is(index.positionOf([3, 'y']), text.indexOf('y'));
  t.is(index.aliases, 2);
});

test('keys that come twice are found as an object would have them', (t) => {
  const keys = (text: string) => indexOf(text).duplicates.map((node) => node.range?.[0]);
  t.deepEqual(keys('a: 1\nb: 2\n'), []);
  t.deepEqual(keys('a: 1\nb: 2\na: 3\na: 4\n'), [10, 15]);
  t.deepEqual(keys('1: a\n"1": b\n'), [5]);
  t.deepEqual(keys('x: {a: 1, a: 2}\ny: {a: 1}\n'), [10]);
});

/** How often a pair of the mapping is looked at until each key's place is known. */
function looksAt(keys: number): number {
  const document = parseDocument(Array.from({ length: keys }, (_, at) => `k${at}: 1\n`).join(''), {
    uniqueKeys: false,
  });
  const root = document.contents;
  if (!isMap(root)) throw new Error('a mapping was written');
  let looks = 0;
  root.items = new Proxy(root.items as Pair[], {
    get(items, name) {
      if (typeof name === 'string' && /^\d+$/.test(name)) looks++;
      return Reflect.get(items, name);
    },
  }) as typeof root.items;
  const index = new DocumentIndex(document);
  for (let at = 0; at < keys; at++) index.positionOf([`k${at}`]);
  return looks;
}

test('four times as many places are four times the work', (t) => {
  t.is(looksAt(2000), 4 * looksAt(500));
});
