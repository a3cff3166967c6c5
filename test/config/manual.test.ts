import test from 'ava';
import { knownOptions } from '../../src/config/known-options.ts';
import { gatewayManual, listenerManual, processManual } from '../../src/config/manual.ts';
import { flagOf, HELP_GROUPS } from '../../src/config/option.ts';

const HEAD = ['| flag | values | default | meaning |', '|---|---|---|---|'];

test('each heading of the help is a table, one row for each option of a listener', (t) => {
  const rows = listenerManual('Listener').split('\n');
  t.deepEqual(rows.slice(0, 2), HEAD);
  for (const line of [
    "| `--name` | name: `a-z`, `0-9`, `-` | edge `edge`, sidecar `sidecar` | The listener's name in logs and metrics. |",
    '| `--listen` | ADDR or `systemd:NAME` | required | Address that clients connect to; port 0 takes a free port. |',
  ]) {
    t.true(rows.includes(line), line);
  }
});

test('a default that edge and sidecar share is written once', (t) => {
  const rows = listenerManual('Incoming headers').split('\n');
  t.true(rows.some((row) => row.startsWith('| `--header-timeout` | duration, at least `3s` | `5s` |')));
  const presented = listenerManual('Presentation').split('\n');
  t.true(presented.some((row) => row.startsWith('| `--crc32c` | flag | off |')));
  t.true(presented.some((row) => row.includes('| edge `v2`, sidecar required |')));
});

test('an option of the process names its default in a cluster too', (t) => {
  const rows = processManual('Process').split('\n');
  t.deepEqual(rows.slice(0, 2), HEAD);
  t.true(rows.some((row) => row.includes('| `127.0.0.1:9464`; in a cluster `:9464` |')));
});

for (const [scope, manual] of [
  ['listener', listenerManual],
  ['process', processManual],
  ['gateway', gatewayManual],
] as const) {
  test(`every option of the ${scope} is in one of the tables, and nothing else`, (t) => {
    const rows = HELP_GROUPS.flatMap((group) => manual(group).split('\n').slice(2));
    const flags = rows.map((row) => row.split(' | ')[0]!.slice(2));
    t.deepEqual(flags.sort(), [...knownOptions(scope).keys()].map((key) => `\`${flagOf(key)}\``).sort());
    for (const row of rows) t.is(row.split('|').length, 6, row);
  });
}
