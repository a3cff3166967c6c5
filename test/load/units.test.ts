import test from 'ava';
import { bytesText, countText, timeText, wholeText } from '../../src/load/units.ts';

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
