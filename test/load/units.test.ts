import test from 'ava';
import {
  bytesText,
  countText,
  rateText,
  shareText,
  spanText,
  timeText,
  wholeText,
} from '../../src/load/units.ts';

test('times, bytes and counts have the digits that count', (t) => {
  t.deepEqual([0, 7, 999, 1000, 12_345, 123_456, 1_234_567, -1500].map(timeText), [
    ...['0 µs', '7 µs', '999 µs', '1.00 ms', '12.3 ms', '123 ms', '1.23 s', '-1.50 ms'],
  ]);
  t.deepEqual([0, 1023, 1024, 1024 ** 2, 2.5 * 1024 ** 3].map(bytesText), [
    ...['0 B', '1023 B', '1.00 KiB', '1.00 MiB', '2.50 GiB'],
  ]);
  t.deepEqual([9120.4, 912.3, 91.23, 9.123].map(countText), ['9,120', '912', '91.2', '9.12']);
  t.is(wholeText(1_234_567), '1,234,567');
});

test('what is not nothing never reads as nothing, and what rounds up to the next unit is in it', (t) => {
  t.deepEqual([0, 0.05, 0.004, 0.00012].map(countText), ['0', '0.05', '0.004', '0.00012']);
  t.deepEqual([0, 0.4, 0.004].map(bytesText), ['0 B', '0.40 B', '0.004 B']);
  t.deepEqual([999.4, 999.7, 999_700].map(timeText), ['999 µs', '1.00 ms', '1.00 s']);
  t.deepEqual([99.96, 9.999].map(countText), ['100', '10.0']);
  t.deepEqual([1, 0.5, 1234.5, 1_000_000].map(rateText), ['1', '0.5', '1,234.5', '1,000,000']);
  t.deepEqual([1, 0.05, 0.0001].map(shareText), ['100 %', '5.00 %', '0.01 %']);
});

test('a figure and its interval are in one unit', (t) => {
  t.deepEqual(spanText({ median: 264, low: 73.4, high: 1359 }), { middle: '264 µs', span: '73 to 1359' });
  t.deepEqual(spanText({ median: 1340, low: 430, high: 4320 }), {
    ...{ middle: '1.34 ms', span: '0.43 to 4.32' },
  });
});
