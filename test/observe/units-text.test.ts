import test from 'ava';
import { bytesText, durationText } from '../../src/observe/units-text.ts';

for (const [ms, text] of [
  [0, '0 ms'],
  [0.04, '0 ms'],
  [0.44, '0.4 ms'],
  [9.94, '9.9 ms'],
  [9.96, '10 ms'],
  [12.4, '12 ms'],
  [999.4, '999 ms'],
  [999.6, '1 s'],
  [1234, '1.2 s'],
  [59_400, '59 s'],
  [59_600, '1 m 0 s'],
  [185_000, '3 m 5 s'],
  [3_599_700, '1 h 0 m'],
  [7_500_000, '2 h 5 m'],
  [360_000_000, '100 h 0 m'],
] as const) {
  test(`${ms} milliseconds are ${text}`, (t) => t.is(durationText(ms), text));
}

for (const [bytes, text] of [
  [0, '0 B'],
  [1, '1 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [3000, '3 kB'],
  [3449, '3.4 kB'],
  [88_123, '88 kB'],
  [999_499, '999 kB'],
  [999_500, '1 MB'],
  [1_250_000, '1.3 MB'],
  [2 ** 40, '1.1 TB'],
  [Number.MAX_SAFE_INTEGER, '9 PB'],
  [1e21, '1000000 PB'],
] as const) {
  test(`${bytes} bytes are ${text}`, (t) => t.is(bytesText(bytes), text));
}
