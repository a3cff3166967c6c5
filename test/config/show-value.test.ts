import test from 'ava';
import { pathText, showValue } from '../../src/config/show-value.ts';

for (const [value, text] of [
  [undefined, 'nothing'],
  [null, 'null'],
  ['1s', '"1s"'],
  [5, '5'],
  [[1, 'a'], '[1,"a"]'],
  ['a"b', '"a\\"b"'],
  ['a\nb', '"a\\nb"'],
  ['\u001b[2J', '"\\u001b[2J"'],
  ['\u007f\u009b', '"\\u{7f}\\u{9b}"'],
  ['\u202egnp', '"\\u{202e}gnp"'],
] as const) {
  test(`${JSON.stringify(value)} is shown as ${text}`, (t) => t.is(showValue(value), text));
}

test('long text is cut', (t) => {
  t.is(showValue('x'.repeat(1000)).length, 80);
  t.true(showValue('x'.repeat(1000)).endsWith('…'));
});

test('what JSON does not know is named by its kind', (t) => {
  const circle: unknown[] = [];
  circle.push(circle);
  t.deepEqual([showValue(() => 1), showValue(1n), showValue(circle)], ['a function', 'a bigint', 'a object']);
});

test('of a value of megabytes no more is looked at than can be shown', (t) => {
  let looks = 0;
  const huge = new Proxy(new Array<string>(1_000_000).fill('x'.repeat(1000)), {
    get(items, name) {
      looks++;
      return Reflect.get(items, name);
    },
  });
  t.is(showValue({ huge }).length, 80);
  t.true(looks < 1000, `${looks}`);
  t.is(showValue({ ['k'.repeat(1_000_000)]: [huge] }).length, 80);
});

test('a path is written as in a program', (t) => {
  t.is(pathText([]), '');
  t.is(pathText(['metrics']), 'metrics');
  t.is(pathText(['listeners', 0]), 'listeners[0]');
  t.is(pathText(['listeners', 10, 'trust', 2]), 'listeners[10].trust[2]');
  t.is(pathText(['listeners', 0, 'a b']), 'listeners[0]["a b"]');
  t.is(pathText(['\n', '']), '["\\n"][""]');
});
