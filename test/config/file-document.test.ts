import test from 'ava';
import { configFromFile } from '../../src/config/config-from-file.ts';
import { linesOf, problemsOf } from './problems-of.ts';
import { lines } from './read-file.ts';
import { temporaryFile } from './temporary-file.ts';

test('syntax errors are told with their lines, each', (t) => {
  const found = lines(t, 'version: 1\nversion: 1\nlisteners: [\n');
  t.is(found.length, 2);
  t.is(found[0], 'herald.yaml:2: Map keys must be unique');
  t.regex(found[1]!, /^herald\.yaml:\d: Flow sequence .* must .* end with a \]/);
});

test('a file that blows up by its aliases is refused', (t) => {
  const nine = (name: string) => `[${Array(9).fill(`*${name}`)}]`;
  const bomb = ['a: &a [1]', ...['b', 'c', 'd'].map((name, at) => `${name}: &${name} ${nine('abc'[at]!)}`)];
  t.deepEqual(lines(t, bomb.join('\n')), [
    'herald.yaml: Excessive alias count indicates a resource exhaustion attack',
  ]);
});

test('a file of more aliases than anybody writes is refused', (t) => {
  const listeners = Array.from({ length: 1001 }, (_, at) => `  - &l${at} {listen: ":1"}\n  - *l${at}\n`).join(
    '',
  );
  t.deepEqual(lines(t, `version: 1\nlisteners:\n${listeners}`), [
    'herald.yaml: it has more than 1000 aliases',
  ]);
});

for (const [what, open, close] of [
  ['sequences', '[', ']'],
  ['mappings', '{a: ', '}'],
] as const) {
  test(`${what} that are nested too deeply are one mistake, in plain words`, (t) => {
    const text = `x: ${open.repeat(20_000)}1${close.repeat(20_000)}\n`;
    t.deepEqual(lines(t, text), ['herald.yaml:1: it is nested too deeply']);
  });
}

test('an alias is read where it stands, and a mistake in it is found there', (t) => {
  const text = `version: 1
logTlvs: &types [x]
listeners:
  - &web {listen: ":1", to: "10.0.0.1:80"}
`;
  t.regex(lines(t, text)[0]!, /^herald\.yaml:2: logTlvs: /);
});

test('a file that is not there is a mistake of the command line, told with the others', (t) => {
  const before = { code: 'unknown_flag', option: '--foo', expected: 'a flag', got: '--foo' };
  const problems = problemsOf(() => configFromFile('/nowhere/herald.yaml', new Map(), {}, [before]));
  t.deepEqual(
    problems.map(({ code }) => code),
    ['unknown_flag', 'file_unreadable'],
  );
  t.is(problems[1]?.message, 'cannot read "/nowhere/herald.yaml": there is no such file');
});

test('a folder is no file', (t) => {
  t.deepEqual(
    linesOf(() => configFromFile('/', new Map(), {})),
    ['--config: cannot read "/": it is a directory'],
  );
});

test('a file of more than 4 MiB is not read, and one that never ends is not waited for', (t) => {
  const text = 'version: 1\nlisteners:\n  - {listen: ":1", to: "10.0.0.1:80"}\n';
  const rest = 4 * 1024 * 1024 - text.length;
  t.deepEqual(lines(t, `${text}${'#'.repeat(rest)}`), []);
  const more = temporaryFile(t, `${text}${'#'.repeat(rest + 1)}`);
  for (const file of [more, '/dev/zero'])
    t.deepEqual(
      linesOf(() => configFromFile(file, new Map(), {})),
      [`--config: cannot read "${file}": it is larger than 4 MiB`],
    );
});
