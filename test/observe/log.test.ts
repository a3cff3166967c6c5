import test from 'ava';
import { createLog } from '../../src/observe/log.ts';
import { createSink } from './sink.ts';

test('a line of JSON has level, time, fields and message', (t) => {
  const stream = createSink();
  const log = createLog({ level: 'info', format: 'auto', stream });
  log.info({ listener: 'edge', address: '127.0.0.1:80' }, 'listening');
  const { time, ...rest } = JSON.parse(stream.text());
  t.deepEqual(rest, { level: 'info', listener: 'edge', address: '127.0.0.1:80', msg: 'listening' });
  t.regex(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  t.true(stream.text().endsWith('}\n'));
});

test('lines below the level are not written, and the level can be changed', (t) => {
  const stream = createSink();
  const log = createLog({ level: 'warn', format: 'json', stream });
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

test('auto is text on a terminal: one line that a person can read, with colours', (t) => {
  const stream = createSink({ isTTY: true });
  const log = createLog({ level: 'info', format: 'auto', stream });
  log.warn({ listener: 'edge', capacity: 9 }, 'few sessions');
  t.regex(
    stream.text(),
    /^\u001b\[2m\d\d:\d\d:\d\d\u001b\[22m \u001b\[33mWARN\u001b\[39m \u001b\[36medge\u001b\[39m {2}few sessions {2}\u001b\[2mcapacity=\u001b\[22m9\n$/,
  );
});

test('json on a terminal stays JSON, and text elsewhere is the same without colours', (t) => {
  const terminal = createSink({ isTTY: true });
  createLog({ level: 'info', format: 'json', stream: terminal }).info({}, 'x');
  t.is(JSON.parse(terminal.text()).msg, 'x');
  const pipe = createSink();
  createLog({ level: 'info', format: 'text', stream: pipe }).warn({ a: 1 }, 'x');
  t.regex(pipe.text(), /^\d\d:\d\d:\d\d WARN x {2}a=1\n$/);
});

test('a terminal without colours gets text without them', (t) => {
  const stream = createSink({ isTTY: true });
  createLog({ level: 'info', format: 'auto', stream, colour: false }).error({}, 'x');
  t.regex(stream.text(), /^[\d:]+ ERROR x\n$/);
});

for (const format of ['json', 'text'] as const) {
  test(`nothing in a field, a message of an error or a stack reaches ${format} as a control character`, (t) => {
    const stream = createSink();
    const log = createLog({ level: 'info', format, stream, colour: false });
    const evil = 'a\u001b[31m\r\u0000b\u007f\u009bc\u2028\u202ed\u2066';
    log.error({ detail: evil, nested: [{ evil }], err: new Error(evil) }, 'fault');
    const lines = stream.text().split('\n').join('');
    t.notRegex(lines, /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
    t.regex(lines, /\\u001b\[31m/);
    t.regex(lines, /fault/);
  });
}

test('JSON is one line whatever an error says', (t) => {
  const stream = createSink();
  const log = createLog({ level: 'info', format: 'json', stream });
  log.error({ err: Object.assign(new Error('one\ntwo'), { code: 'EMFILE' }) }, 'accept');
  t.is(stream.text().split('\n').length, 2);
  const { err } = JSON.parse(stream.text());
  t.is(err.code, 'EMFILE');
  t.is(err.message, 'one\ntwo');
});

test('a reader that does not read costs lines, which are counted, and no memory', (t) => {
  const stream = createSink({ held: true });
  const log = createLog({ level: 'info', format: 'json', stream });
  for (let i = 0; i < 20_000; i++) log.info({ client: '203.0.113.7:51234', i }, 'a line of some length');
  t.true(stream.writableLength <= 1024 * 1024);
  t.true(stream.writableLength > 1024 * 1000);
  t.true(log.dropped > 5000);
  const dropped = log.dropped;
  stream.release();
  t.is(stream.text().trim().split('\n').length, 20_000 - dropped);
});
