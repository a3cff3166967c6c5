import test from 'ava';
import { parseRamp, RAMP_STEPS, rampRates } from '../../src/load/step.ts';

test('a ramp has its steps evenly from the first rate to the last', (t) => {
  const rates = rampRates(parseRamp('100..5000')!);
  t.is(rates.length, RAMP_STEPS);
  t.deepEqual([rates[0], rates[1], rates.at(-1)], [100, 644, 5000]);
  t.deepEqual(rampRates({ from: 0.5, to: 5 }), [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5]);
});

test('what does not rise, or is no pair of rates, is no ramp', (t) => {
  for (const text of ['', '5', '5..', '..5', '5..5', '6..5', '0..5', '1..2..3', '-1..5', 'a..b', '1 .. 5']) {
    t.is(parseRamp(text), undefined, text);
  }
});
