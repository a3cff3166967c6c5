import test from 'ava';
import { createLog } from '../../src/observe/log.ts';
import { createSink } from './sink.ts';

test('a line of JSON has level, time, fields and message', async (t) => {
  const stream = createSink();
  const log = await createLog({ level: 'info', format: 'auto', stream });
  log.info({ listener: 'edge', address: '127.0.0.1:80' }, 'listening');
  const { time, ...rest } = JSON.parse(stream.text());
  t.deepEqual(rest, { level: 'info', listener: 'edge', address: '127.0.0.1:80', msg: 'listening' });
  t.regex(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  t.true(stream.text().endsWith('}\n'));
});

test('lines below the level are not written, and the level can be changed', async (t) => {
  const stream = createSink();
  const log = await createLog({ level: 'warn', format: 'json', stream });
  log.debug({}, 'a');
  log.info({}, 'b');
  log.warn({}, 'c');
  log.error({}, 'd');
  log.setLevel('debug');
  t.is(log.level, 'debug');
  log.debug({}, 'e');
  const messages = stream
    .text()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).msg);
  t.deepEqual(messages, ['c', 'd', 'e']);
});

test('auto is text on a terminal: one line that a person can read, with colours', async (t) => {
  const stream = createSink({ isTTY: true });
  const log = await createLog({ level: 'info', format: 'auto', stream });
  log.info({ listener: 'edge' }, 'listening');
  t.regex(
    stream.text(),
    /^\[\d\d:\d\d:\d\d\.\d{3}\] \u001b\[32mINFO\u001b\[39m: .*listening.*"listener":"edge".*\n$/,
  );
  t.is(stream.text().split('\n').length, 2);
});

test('json on a terminal stays JSON, and text elsewhere has no colours', async (t) => {
  const terminal = createSink({ isTTY: true });
  (await createLog({ level: 'info', format: 'json', stream: terminal })).info({}, 'x');
  t.is(JSON.parse(terminal.text()).msg, 'x');
  const pipe = createSink();
  (await createLog({ level: 'info', format: 'text', stream: pipe })).warn({ a: 1 }, 'x');
  t.regex(pipe.text(), /^\[[\d:.]+\] WARN: x \{"a":1\}\n$/);
});

for (const format of ['json', 'text'] as const) {
  test(`nothing in a field, a message of an error or a stack reaches ${format} as a control character`, async (t) => {
    const stream = createSink();
    const log = await createLog({ level: 'info', format, stream, colour: false });
    const evil = 'a\u001b[31m\r\u0000b\u007f\u009bc\u2028\u202ed\u2066';
    log.error({ detail: evil, nested: [{ evil }], err: new Error(evil) }, 'fault');
    const lines = stream.text().split('\n').join('');
    t.notRegex(lines, /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
    t.regex(lines, /\\u001b\[31m/);
    t.regex(lines, /fault/);
  });
}

test('JSON is one line whatever an error says', async (t) => {
  const stream = createSink();
  const log = await createLog({ level: 'info', format: 'json', stream });
  log.error({ err: Object.assign(new Error('one\ntwo'), { code: 'EMFILE' }) }, 'accept');
  t.is(stream.text().split('\n').length, 2);
  const { err } = JSON.parse(stream.text());
  t.is(err.code, 'EMFILE');
  t.is(err.message, 'one\ntwo');
});

test('a reader that does not read costs lines, which are counted, and no memory', async (t) => {
  const stream = createSink({ held: true });
  const log = await createLog({ level: 'info', format: 'json', stream });
  for (let i = 0; i < 20_000; i++) log.info({ client: '203.0.113.7:51234', i }, 'a line of some length');
  t.true(stream.writableLength <= 1024 * 1024);
  t.true(stream.writableLength > 1024 * 1000);
  t.true(log.dropped > 5000);
  const dropped = log.dropped;
  stream.release();
  t.is(stream.text().trim().split('\n').length, 20_000 - dropped);
});
