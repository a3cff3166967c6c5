import { Writable } from 'node:stream';
import test from 'ava';
import { boundLines } from '../../src/observe/bounded-lines.ts';
import { createSink } from './sink.ts';

test('lines are written in order', (t) => {
  const sink = createSink();
  const lines = boundLines(sink);
  lines.write('one\n');
  lines.write('two\n');
  t.is(sink.text(), 'one\ntwo\n');
  t.is(lines.dropped, 0);
});

test('what does not fit into the bound is dropped and counted, and what fits still gets in', (t) => {
  const sink = createSink({ held: true });
  const lines = boundLines(sink, 100);
  for (let i = 0; i < 30; i++) lines.write('123456789\n');
  t.is(sink.writableLength, 100);
  t.is(lines.dropped, 20);
  sink.release();
  t.is(sink.text().length, 100);
});

test('a reader that reads again gets the lines written from then on', async (t) => {
  const sink = createSink({ held: true });
  const lines = boundLines(sink, 10);
  lines.write('123456789\n');
  lines.write('lost\n');
  sink.release();
  await new Promise((resolve) => sink.write('', resolve));
  lines.write('back\n');
  t.is(sink.text(), '123456789\nback\n');
  t.is(lines.dropped, 1);
});

test('lines that a broken stream refuses are counted, and its errors go no further', async (t) => {
  const broken = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  });
  const lines = boundLines(broken);
  lines.write('one\n');
  await new Promise((resolve) => setImmediate(resolve));
  lines.write('two\n');
  await new Promise((resolve) => setImmediate(resolve));
  t.is(lines.dropped, 2);
});

test('lines to a destroyed stream are counted', async (t) => {
  const sink = createSink();
  const lines = boundLines(sink);
  sink.destroy();
  lines.write('late\n');
  await new Promise((resolve) => setImmediate(resolve));
  t.is(lines.dropped, 1);
});

test('logs that share a stream add one listener to it, however many they are', (t) => {
  const sink = createSink();
  for (let i = 0; i < 20; i++) boundLines(sink);
  t.is(sink.listenerCount('error'), 1);
});
