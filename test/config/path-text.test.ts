import test from 'ava';
import { pathText } from '../../src/config/path-text.ts';

test('a path is written as in a program', (t) => {
  t.is(pathText([]), '');
  t.is(pathText(['metrics']), 'metrics');
  t.is(pathText(['listeners', 0]), 'listeners[0]');
  t.is(pathText(['listeners', 10, 'trust', 2]), 'listeners[10].trust[2]');
  t.is(pathText(['listeners', 0, 'a b']), 'listeners[0]["a b"]');
  t.is(pathText(['\n', '']), '["\\n"][""]');
});
