import test from 'ava';
import { durationText } from '../../src/cli/duration-text.ts';

for (const [ms, text] of [
  [0, '0ms'],
  [0.4, '0ms'],
  [999, '999ms'],
  [1000, '1s'],
  [59_999, '59s'],
  [60_000, '1m0s'],
  [192_000, '3m12s'],
  [3_600_000, '1h0m'],
  [3_599_999, '59m59s'],
  [86_399_000, '23h59m'],
  [86_400_000, '1d0h'],
  [90_000_000, '1d1h'],
] as const) {
  test(`${ms} ms is ${text}`, (t) => t.is(durationText(ms), text));
}
