import test from 'ava';
import { knownOptions } from '../../src/config/known-options.ts';
import { listenerManual, processManual } from '../../src/config/manual.ts';
import { flagOf, variableOf } from '../../src/config/option.ts';

const listener = listenerManual().split('\n');
const process = processManual().split('\n');

test("a listener's options are a table with a row each", (t) => {
  t.deepEqual(listener.slice(0, 3), [
    '| flag | values | edge | sidecar |  |',
    '|---|---|---|---|---|',
    "| `--name` | name: `a-z`, `0-9`, `-` | `edge` | `sidecar` | The listener's name in logs and metrics. |",
  ]);
  for (const line of [
    '| `--listen` | ADDR | required | required | Address that clients connect to; port 0 takes a free port. |',
    '| `--header-timeout` | duration, at least `3s` | `5s` | `5s` | Time from accept until the header must be complete. |',
    '| `--present` | `none` `v1` `v2` `transparent` `forwarded` | `v2` | required | How the client is presented to the endpoint. |',
    '| `--crc32c` | flag | off | off | Adds a CRC-32C checksum to each header. |',
    '| `--max-sessions` | number, at least 1 | what descriptors and memory allow | what descriptors and memory allow | Most sessions at once. |',
  ]) {
    t.true(listener.includes(line), line);
  }
});

test("the process's options are a table with their variables", (t) => {
  t.deepEqual(process.slice(0, 5), [
    '| flag | variable | values | default |  |',
    '|---|---|---|---|---|',
    '| `--engine` | `HERALD_ENGINE` | `auto` `epoll` `net` | `auto` | What carries connections: epoll (Linux) or node:net; auto is epoll if this machine has it. |',
    '| `--threads` | `HERALD_THREADS` | number, 1 to 64 | the processors of the container, at most 4; sidecar 1 | Worker threads of the epoll engine. |',
    '| `--metrics` | `HERALD_METRICS` | ADDR or `none` | `127.0.0.1:9464`; in a cluster `:9464` | Address of metrics and probes; safe to expose. |',
  ]);
});

test('every option is in its table, and nothing else', (t) => {
  const cells = (lines: string[], at: number) =>
    lines.slice(2).map((line) => line.split(' | ')[at]?.replace('| ', ''));
  t.deepEqual(
    cells(listener, 0),
    [...knownOptions('listener').keys()].map((key) => `\`${flagOf(key)}\``),
  );
  t.deepEqual(
    cells(process, 1),
    [...knownOptions('process').keys()].map((key) => `\`${variableOf(key)}\``),
  );
});

test('each row has as many cells as the head', (t) => {
  for (const line of [...listener, ...process]) t.is(line.split('|').length, 7, line);
});
