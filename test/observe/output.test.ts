import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { flushOutput, prepareOutput } from '../../src/observe/output.ts';
import { createSink } from './sink.ts';

const CHILD = fileURLToPath(new URL('./output-child.js', import.meta.url));

interface Report {
  readonly pid: number;
  readonly written: number;
  readonly dropped: number;
  /** The most that was waiting after any hundred lines. */
  readonly queued: number;
}

/** Runs the child by `start`, and resolves when it has written everything without having been read. */
async function runUnread(
  t: ExecutionContext,
  start: (port: number) => ChildProcess,
): Promise<Report & { child: ChildProcess }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const child = start((server.address() as AddressInfo).port);
  t.teardown(() => child.kill('SIGKILL'));
  const [socket] = await once(server, 'connection');
  t.teardown(() => socket.destroy());
  const [line] = await once(socket, 'data');
  return { ...JSON.parse(line.toString()), child };
}

test('a pipe that nobody reads costs lines, and neither the event loop nor the exit', async (t) => {
  const { child, written, dropped, queued } = await runUnread(t, (port) =>
    spawn(process.execPath, [CHILD, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  t.is(written, 10_000);
  t.true(dropped > 5000 && dropped < 10_000);
  t.true(queued > 0 && queued <= 100_000);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  t.deepEqual(await exited, [7, null]);
});

test('a reader that has gone away costs lines, and nothing else', async (t) => {
  const { child, written, dropped } = await runUnread(t, (port) => {
    const started = spawn(process.execPath, [CHILD, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
    started.stdout?.destroy();
    return started;
  });
  t.is(written, 10_000);
  t.true(dropped > 9000);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  t.deepEqual(await exited, [7, null]);
});

const hasScript = spawnSync('script', ['--version']).status === 0;

(hasScript ? test : test.skip)(
  'a terminal that is held costs lines, and neither the event loop nor the exit',
  async (t) => {
    // `script` gives the child a terminal. The output of `script` is not read, so after a while it stops reading the terminal.
    const { child, pid, written, dropped } = await runUnread(t, (port) =>
      spawn('script', ['-qec', `'${process.execPath}' '${CHILD}' ${port}`, '/dev/null'], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    t.is(written, 10_000);
    t.true(dropped > 5000);
    const exited = once(child, 'exit');
    process.kill(pid, 'SIGTERM');
    child.stdout?.resume();
    t.deepEqual(await exited, [7, null]);
  },
);

test('only a terminal is told not to block', (t) => {
  const asked: boolean[] = [];
  const handle = { setBlocking: (blocking: boolean) => asked.push(blocking) };
  prepareOutput(Object.assign(createSink(), { _handle: handle }));
  t.deepEqual(asked, []);
  prepareOutput(Object.assign(createSink({ isTTY: true }), { _handle: handle }));
  t.deepEqual(asked, [false]);
});

test('an error of a prepared stream ends nothing', (t) => {
  const stream = new PassThrough();
  prepareOutput(stream);
  t.true(stream.emit('error', new Error('EPIPE')));
});

test('flush waits for what is queued', async (t) => {
  const stream = createSink({ held: true });
  stream.write('last words\n');
  const flushed = flushOutput(stream, 60_000);
  stream.release();
  await flushed;
  t.is(stream.text(), 'last words\n');
});

test('flush gives up when its time has passed, and does not wait where there is nothing to wait for', async (t) => {
  const stream = createSink({ held: true });
  await flushOutput(stream, 60_000);
  stream.write('x');
  await flushOutput(stream, 1);
  t.is(stream.text(), '');
  stream.destroy();
  await flushOutput(stream, 60_000);
});
