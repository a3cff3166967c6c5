import test from 'ava';
import { duration } from '../../../src/config/values/duration.ts';
import { reads, refuses } from './reads.ts';

const any = duration({ zero: true });

reads(any, [
  ['0', 0],
  ['0s', 0],
  ['1ms', 1],
  ['500ms', 500],
  ['5s', 5000],
  ['10m', 600_000],
  ['1h', 3_600_000],
  ['24h', 86_400_000],
  ['90s', 90_000],
  ['576h', 2_073_600_000],
]);

refuses(any, [
  ['', 'invalid_duration'],
  ['x', 'invalid_duration', 'a duration with its unit, such as 500ms, 5s, 10m or 1h'],
  [
    '5',
    'invalid_duration',
    'expected a duration with its unit, such as 500ms, 5s, 10m or 1h, got "5"; did you mean 5s?',
  ],
  [
    '5000',
    'invalid_duration',
    'expected a duration with its unit, such as 500ms, 5s, 10m or 1h, got "5000"; did you mean 5000ms?',
  ],
  ['00', 'invalid_duration'],
  ['-1s', 'invalid_duration'],
  ['+1s', 'invalid_duration'],
  ['1.5s', 'invalid_duration'],
  ['1S', 'invalid_duration'],
  ['1 s', 'invalid_duration'],
  [' 1s', 'invalid_duration'],
  ['1d', 'invalid_duration'],
  ['s', 'invalid_duration'],
  ['1s1s', 'invalid_duration'],
  ['1s\n', 'invalid_duration'],
  ['577h', 'too_large', 'at most 576h'],
  ['9'.repeat(400).concat('h'), 'too_large', 'at most 576h'],
]);

test('the longest duration still fits into a timer of Node', (t) => {
  const parsed = any.parse(['576h']);
  t.true('value' in parsed && parsed.value < 2 ** 31);
});

test('a least duration holds, and 0 is below it', (t) => {
  const type = duration({ min: '3s', zero: false });
  t.deepEqual(type.parse(['3s']), { value: 3000 });
  t.deepEqual(type.parse(['3000ms']), { value: 3000 });
  for (const text of ['2999ms', '1s', '0', '0s']) {
    t.deepEqual(type.parse([text]), {
      refusals: [{ code: 'too_small', expected: 'at least 3s', got: `"${text}"` }],
    });
  }
});

test('where 0 turns a thing off, it is allowed below the least', (t) => {
  const type = duration({ min: '1s', zero: true });
  t.deepEqual(type.parse(['0']), { value: 0 });
  t.deepEqual(type.parse(['999ms']), {
    refusals: [{ code: 'too_small', expected: '0 or at least 1s', got: '"999ms"' }],
  });
});

test('without a least, what can not be off takes a millisecond', (t) => {
  const type = duration({ zero: false });
  t.deepEqual(type.parse(['1ms']), { value: 1 });
  t.deepEqual(type.parse(['0s']), {
    refusals: [{ code: 'too_small', expected: 'at least 1ms', got: '"0s"' }],
  });
});
