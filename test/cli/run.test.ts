import test from 'ava';
import { fileJsonSchema } from '../../src/config/file-schema.ts';
import { temporaryFile } from '../config/temporary-file.ts';
import { herald } from './fake-host.ts';

const RIGHT = 'version: 1\nlisteners:\n  - {name: a, listen: ":1", to: "10.0.0.1:80"}\n';

test('--check says that a file is right, and with which warnings', async (t) => {
  const file = temporaryFile(t, RIGHT);
  t.deepEqual(await herald(['run', '--config', file, '--check']), {
    status: 0,
    out: `${file}: valid, 1 listener\n`,
    err: [],
  });
  const two = temporaryFile(
    t,
    `${RIGHT}  - {name: b, listen: ":2", to: "10.0.0.1:80", tlv: 0xE4=${'00'.repeat(99)}}\n`,
  );
  t.deepEqual(await herald(['run', `--config=${two}`, '--check']), {
    status: 0,
    out: `${two}: valid, 2 listeners\n`,
    err: [
      'herald: warning: listener b: headers can be up to 154 bytes, and some receivers refuse more than 107 (nginx before 1.23.2)',
    ],
  });
});

test('--check names every mistake of file, environment and flags', async (t) => {
  const file = temporaryFile(t, RIGHT.replace(':1"', ':x"'));
  const argv = ['run', '--config', file, '--check', '--drain-delay', '5', '--foo'];
  t.deepEqual(await herald(argv, { env: { HERALD_ENGINE: 'fast' } }), {
    status: 2,
    out: '',
    err: [
      'herald: --foo: there is no such flag',
      'herald: HERALD_ENGINE: expected one of auto, epoll, net, got "fast"',
      'herald: --drain-delay: expected a duration with its unit, such as 500ms, 5s, 10m or 1h, got "5"; did you mean 5s?',
      `herald: ${file}:3: listeners[0].listen: expected a port from 0 to 65535, got "x"`,
    ],
  });
});

test('the file may be named by the environment, and a flag wins', async (t) => {
  const file = temporaryFile(t, RIGHT);
  t.is((await herald(['run', '--check'], { env: { HERALD_CONFIG: file } })).status, 0);
  const env = { HERALD_CONFIG: '/nowhere' };
  t.is((await herald(['run', '--check', '--config', file], { env })).status, 0);
  t.is((await herald(['run', '--check'], { env })).status, 2);
});

for (const [argv, ...lines] of [
  [['run'], 'herald: --config: is required: the name of a file, here or in the variable HERALD_CONFIG'],
  [['run', '--config'], 'herald: --config: needs a value: the name of a file'],
  [['run', '--config='], 'herald: --config: expected the name of a file, got ""'],
  [['run', '--config', 'a', '--config', 'b'], 'herald: --config: expected one value, got "a" and "b"'],
  [['run', '--config', '/nowhere/x'], 'herald: --config: cannot read "/nowhere/x": there is no such file'],
  [
    ['run', '--listen', ':1', '--check'],
    'herald: --listen: there is no such flag; with run, listen is set in the file, at its listener',
    'herald: --config: is required: the name of a file, here or in the variable HERALD_CONFIG',
  ],
  [
    ['run', '--config', '/nowhere/x', '--header-timeout=5s', '--chek'],
    'herald: --header-timeout: there is no such flag; with run, headerTimeout is set in the file, at its listener',
    'herald: --chek: there is no such flag; did you mean --check?',
    'herald: --config: cannot read "/nowhere/x": there is no such file',
  ],
  [['run', '--schema', '--foo'], 'herald: --foo: there is no such flag'],
] as const) {
  test(`herald ${argv.join(' ')} is wrong`, async (t) => {
    t.deepEqual(await herald(argv), { status: 2, out: '', err: [...lines] });
  });
}

test('--schema prints the JSON Schema, and needs no file', async (t) => {
  const { status, out, err } = await herald(['run', '--schema']);
  t.is(status, 0);
  t.deepEqual(err, []);
  t.deepEqual(JSON.parse(out), JSON.parse(JSON.stringify(fileJsonSchema())));
});
