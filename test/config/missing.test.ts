import test from 'ava';
import { formatProblem } from '../../src/config/config-error.ts';
import { missing } from '../../src/config/missing.ts';

test('what was not written is required, and the line says what, and why where that depends', (t) => {
  t.is(formatProblem(missing('--to', 'an endpoint')), '--to: is required: an endpoint');
  t.is(
    formatProblem(missing('--trust', 'peers', 'acceptProxy is v2')),
    '--trust: is required, since acceptProxy is v2: peers',
  );
});
