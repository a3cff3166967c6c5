import test from 'ava';
import { ConfigError, formatProblem, missing } from '../../src/config/config-error.ts';

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

const unknownKey = (at: number) => ({
  ...UNKNOWN,
  code: 'unknown_option',
  option: `herald.yaml:${at}: k${at}`,
});

test('of one kind of mistake 20 are spelled out, and the rest is counted behind all others', (t) => {
  const unknown = Array.from({ length: 20_000 }, (_, at) => unknownKey(at));
  const error = new ConfigError([...unknown, SMALL]);
  t.is(error.problems.length, 20_001);
  t.is(error.lines.length, 22);
  t.deepEqual(error.lines.slice(19), [
    'herald.yaml:19: k19: no such flag',
    '--header-timeout: expected at least 3s, got "1s"',
    'herald.yaml:20: k20: and 19,980 more unknown keys, the first of them here',
  ]);
  t.is(error.message, error.lines.join('\n'));
  t.is(new ConfigError(unknown.slice(0, 20)).lines.length, 20);
});

test('a kind without a name of its own is counted by its code', (t) => {
  const error = new ConfigError(Array.from({ length: 22 }, () => SMALL));
  t.is(
    error.lines.at(-1),
    '--header-timeout: and 2 more problems of this kind (too_small), the first of them here',
  );
});

test('what was not written is required, and the line says what, and why where that depends', (t) => {
  t.is(formatProblem(missing('--to', 'an endpoint')), '--to: is required: an endpoint');
  t.is(
    formatProblem(missing('--trust', 'peers', 'acceptProxy is v2')),
    '--trust: is required, since acceptProxy is v2: peers',
  );
});
