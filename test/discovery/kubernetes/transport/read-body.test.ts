import { PassThrough } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { type ApiFailure, failure } from '../../../../src/discovery/kubernetes/failure.ts';
import { readBody } from '../../../../src/discovery/kubernetes/transport/read-body.ts';
import { turnedClock } from '../../../helpers/turned-clock.ts';

const settled = () => new Promise(setImmediate);

/** A body that the test writes, and the result of reading it. */
function start(t: ExecutionContext) {
  const clock = turnedClock();
  const body = new PassThrough();
  t.teardown(() => body.destroy());
  const abort = new AbortController();
  const answer = {
    status: 200,
    header: () => undefined,
    read(take: (chunk: Buffer) => void, end: (failed: ApiFailure | null) => void) {
      body.on('data', take);
      body.on('close', () => end(body.readableEnded ? null : failure('reset', 'it broke')));
    },
  };
  const cancel = () => body.destroy();
  return { clock, body, abort, read: readBody({ answer, cancel }, clock, abort.signal) };
}

test('a body is all that came, however it was cut', async (t) => {
  const { clock, body, read } = start(t);
  for (const piece of ['{"ki', 'nd":', '"List"}']) body.write(piece);
  body.end();
  t.is(`${await read}`, '{"kind":"List"}');
  t.deepEqual(clock.waiting, []);
});

test('a body that stands still for 30 s is given up', async (t) => {
  const { clock, body, read } = start(t);
  body.write('{');
  await settled();
  clock.advance(30_000);
  t.like(await read, { code: 'timeout', message: 'no data of the body for 30 s' });
  t.true(body.destroyed);
});

test('a body that drips is given up after 120 s, however lively it is', async (t) => {
  const { clock, body, read } = start(t);
  for (let seconds = 0; seconds < 120; seconds += 20) {
    body.write(' ');
    await settled();
    t.false(body.destroyed);
    clock.advance(20_000);
  }
  t.like(await read, { code: 'timeout', message: 'the body was not complete after 120 s' });
  t.true(body.destroyed);
  t.deepEqual(clock.waiting, []);
});

test('a connection that breaks within a body is told so', async (t) => {
  const { body, read } = start(t);
  body.write('{');
  await settled();
  body.destroy();
  t.like(await read, { code: 'reset' });
});

test('a body that is cancelled is not read further', async (t) => {
  const { body, read, abort, clock } = start(t);
  body.write('{');
  await settled();
  abort.abort();
  t.like(await read, { code: 'stopped' });
  t.true(body.destroyed);
  t.deepEqual(clock.waiting, []);
});
