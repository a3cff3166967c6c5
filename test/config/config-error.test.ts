import test from 'ava';
import { ConfigError, formatProblem } from '../../src/config/config-error.ts';

const SMALL = { code: 'too_small', option: '--header-timeout', expected: 'at least 3s', got: '"1s"' };
const UNKNOWN = {
  code: 'unknown_flag',
  option: '--foo',
  expected: 'a flag',
  got: '--foo',
  message: 'no such flag',
};

test('a problem is one line', (t) => {
  t.is(formatProblem(SMALL), '--header-timeout: expected at least 3s, got "1s"');
  t.is(formatProblem(UNKNOWN), '--foo: no such flag');
});

test('an error has all of them', (t) => {
  const error = new ConfigError([SMALL, UNKNOWN]);
  t.deepEqual(error.problems, [SMALL, UNKNOWN]);
  t.is(error.message, '--header-timeout: expected at least 3s, got "1s"\n--foo: no such flag');
  t.is(error.name, 'ConfigError');
});
