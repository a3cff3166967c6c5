import test from 'ava';
import { count, duration, share, size } from '../../../src/config/values/numbers.ts';
import { reads, refuses } from './reads.ts';

const atLeastOne = count({ min: 1 });

reads('count', atLeastOne, [
  ['1', 1],
  ['8000', 8000],
  ['2147483647', 2_147_483_647],
]);

refuses('count', atLeastOne, [
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

reads('share', share, [
  ['0%', 0],
  ['1%', 0.01],
  ['50%', 0.5],
  ['100%', 1],
]);

refuses('share', share, [
  ['', 'invalid_share', 'a share from 0% to 100%'],
  ['50', 'invalid_share'],
  ['0.5', 'invalid_share'],
  ['101%', 'invalid_share'],
  ['-1%', 'invalid_share'],
  ['05%', 'invalid_share'],
  ['50 %', 'invalid_share'],
  ['%', 'invalid_share'],
]);

const any = duration({ zero: true });

reads('duration', any, [
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

refuses('duration', any, [
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

const limited = size({ min: 16, max: 2 * 1024 * 1024 });

reads('size', limited, [
  ['16B', 16],
  ['4096B', 4096],
  ['64KiB', 65_536],
  ['2MiB', 2_097_152],
]);

refuses('size', limited, [
  ['', 'invalid_size'],
  ['4096', 'invalid_size', 'a size with its unit, such as 4096B or 64KiB'],
  ['4kB', 'invalid_size'],
  ['4K', 'invalid_size'],
  ['4KB', 'invalid_size'],
  ['4kib', 'invalid_size'],
  ['1.5KiB', 'invalid_size'],
  ['-1B', 'invalid_size'],
  ['1 KiB', 'invalid_size'],
  ['15B', 'too_small', 'at least 16B'],
  ['0B', 'too_small', 'at least 16B'],
  ['3MiB', 'too_large', 'at most 2097152B'],
]);
