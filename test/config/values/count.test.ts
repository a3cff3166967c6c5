import test from 'ava';
import { count } from '../../../src/config/values/count.ts';
import { reads, refuses } from './reads.ts';

const type = count({ min: 1 });

reads(type, [
  ['1', 1],
  ['8000', 8000],
  ['2147483647', 2_147_483_647],
]);

refuses(type, [
  ['', 'invalid_number'],
  ['x', 'invalid_number'],
  ['-1', 'invalid_number'],
  ['1.5', 'invalid_number'],
  ['1e3', 'invalid_number'],
  ['0x10', 'invalid_number'],
  ['01', 'invalid_number'],
  ['1_000', 'invalid_number'],
  ['none', 'invalid_number'],
  ['0', 'too_small', 'a whole number of at least 1'],
  ['2147483648', 'too_large', 'at most 2147483647'],
]);

test('where none is a value it counts as 0', (t) => {
  const limit = count({ min: 1, none: true });
  t.deepEqual(limit.parse(['none']), { value: 0 });
  t.deepEqual(limit.parse(['0']), {
    refusals: [{ code: 'too_small', expected: 'a whole number of at least 1, or none', got: '"0"' }],
  });
});
