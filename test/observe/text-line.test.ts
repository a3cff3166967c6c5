import test from 'ava';
import fc from 'fast-check';
import { bytesText, createTextFormat, durationText } from '../../src/observe/text-line.ts';

const format = createTextFormat(false);
const line = (fields: object, msg = '') =>
  format(JSON.stringify({ level: 'info', time: '2026-11-30T12:03:07.123Z', ...fields, msg }));
/** Without the time, which is local. */
const said = (fields: object, msg?: string) => line(fields, msg)?.replace(/^\d\d:\d\d:\d\d /, '');

const SESSION = {
  listener: 'web',
  session: '0a1b-7',
  client: '203.0.113.7:51234',
  endpoint: '10.0.0.5:8443',
  reason: 'endpoint_closed',
  ms: 1234.567,
  headerMs: 0.2,
  connectMs: 0.4,
  attempts: 1,
  bytesToEndpoint: 3000,
  bytesToClient: 88_123,
  header: 0,
};

test('a session is one line of whom, where to, how it ended, how long and how much', (t) => {
  t.is(
    said(SESSION, 'The endpoint ended its stream, and then the client did.'),
    'web  203.0.113.7 → 10.0.0.5:8443  endpoint_closed  1.2 s  ↑ 3 kB ↓ 88 kB\n',
  );
});

test('what is not usual of a session follows as key=value', (t) => {
  const more = {
    via: '10.0.0.1:40000',
    attempts: 3,
    detail: 'v2_crc32c',
    tlvs: [
      { name: '0xe5', text: 'a b' },
      { name: 'AUTHORITY', text: 'a.example' },
    ],
  };
  t.is(
    said({ ...SESSION, level: 'warn', ...more }),
    'WARN web  203.0.113.7 → 10.0.0.5:8443  endpoint_closed  1.2 s  ↑ 3 kB ↓ 88 kB  ' +
      'attempts=3 via=10.0.0.1:40000 detail=v2_crc32c 0xe5="a b" AUTHORITY=a.example\n',
  );
});

for (const [fields, shown] of [
  [{ client: '[2001:db8::1]:5' }, '2001:db8::1 → 10.0.0.5:8443'],
  [{ client: '203.0.113.0/24' }, '203.0.113.0/24 → 10.0.0.5:8443'],
  [{ client: 'unix' }, 'unix → 10.0.0.5:8443'],
  [{ client: undefined }, '- → 10.0.0.5:8443'],
  [{ endpoint: undefined, bytesToClient: 0, bytesToEndpoint: 0 }, '203.0.113.7  endpoint_closed  1.2 s\n'],
  [{ endpoint: 'unix:/run/app.sock' }, '203.0.113.7 → unix:/run/app.sock'],
] as const) {
  test(`a session with ${JSON.stringify(fields)} is shown as ${shown.trim()}`, (t) => {
    t.true(said({ ...SESSION, ...fields })?.startsWith(`web  ${shown}`), said({ ...SESSION, ...fields })!);
  });
}

const LISTENING = {
  listener: 'web',
  address: ':8443',
  to: 'k8s:shop/web:https',
  expect: 'none',
  present: 'v2',
  engine: 'epoll',
  threads: 2,
};

test('a listener that opens is one line of where, whereto and how', (t) => {
  t.is(said(LISTENING, 'listening'), 'web  :8443 → k8s:shop/web:https  expect none, present v2, epoll × 2\n');
  t.is(
    said({ ...LISTENING, engine: 'net', threads: undefined }, 'listening'),
    'web  :8443 → k8s:shop/web:https  expect none, present v2, net\n',
  );
  t.is(said({ listener: 'web', engine: 'epoll', threads: 2 }, 'served by epoll: this is Linux'), undefined);
});

test('of many endpoints a few are named and the others counted', (t) => {
  const to = Array.from({ length: 200 }, (_, at) => `10.0.0.${at}:80`).join(',');
  t.regex(
    said({ ...LISTENING, to }, 'listening')!,
    /→ 10\.0\.0\.0:80,10\.0\.0\.1:80,10\.0\.0\.2:80 and 197 more {2}/,
  );
});

test('those that the line itself only counts are counted with them', (t) => {
  const to = Array.from({ length: 20 }, (_, at) => `10.0.0.${at}:80`).join(',');
  t.regex(
    said({ ...LISTENING, to, toMore: 980 }, 'listening')!,
    /10\.0\.0\.2:80 and 997 more {2}expect none, present v2, epoll × 2\n$/,
  );
});

test('what listens without saying more is told as any other line', (t) => {
  t.is(said({ listener: 'echo', address: ':9000' }, 'listening'), 'echo  listening  address=:9000\n');
});

for (const [fields, shown] of [
  [{ a: 1, b: true, c: null }, 'a=1 b=true c=null'],
  [{ a: 'word', b: 'two words', c: '' }, 'a=word b="two words" c=""'],
  [{ a: 'k=v', b: 'say "x"', c: 'back\\slash' }, 'a="k=v" b="say \\"x\\"" c="back\\\\slash"'],
  [{ a: ['web.to', 'mail'], b: [], c: ['a b'] }, 'a=web.to,mail b=[] c=["a b"]'],
  [{ a: { b: [1] } }, 'a={"b":[1]}'],
  [{ err: { type: 'Error', message: 'x', stack: 'Error: x\n    at f' } }, 'err="Error: x\\n    at f"'],
] as const) {
  test(`fields are key=value: ${shown}`, (t) => t.is(said(fields, 'm'), `m  ${shown}\n`));
}

test('a line without a message, and fields of a form that nobody expects, are still a line', (t) => {
  t.is(format('{"level":"info","time":"2026-11-30T12:03:07Z","a":1}')?.slice(9), '  a=1\n');
  t.is(said({ tlvs: 7 }, 'm'), 'm  tlvs=7\n');
  t.is(said({ tlvs: [null, 'x'] }, 'm'), 'm  tlvs=null tlvs=x\n');
});

test('levels but info are said', (t) => {
  t.is(said({ level: 'debug' }, 'm'), 'DEBUG m\n');
  t.is(said({ level: 'info' }, 'm'), 'm\n');
  t.is(said({ level: 'error' }, 'm'), 'ERROR m\n');
});

test('the time is that of the clock on the wall', (t) => {
  const at = new Date('2026-11-30T12:03:07.123Z');
  const two = (part: number) => String(part).padStart(2, '0');
  t.true(
    line({}, 'm')!.startsWith(`${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())} m`),
  );
});

test('whatever a field holds, the line is one, and nothing in it drives a terminal', (t) => {
  const anything = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());
  const evil = fc.constantFrom(
    '\u001b[2J',
    '\n',
    '\r',
    '\u009b1m',
    '\u202e',
    '\u2028',
    '\u2066',
    '\u007f',
    '\u200b',
  );
  const text = fc.oneof(fc.string({ unit: 'binary' }), evil);
  fc.assert(
    fc.property(anything, text, text, text, (fields, msg, listener, client) => {
      for (const more of [{}, SESSION, LISTENING]) {
        const shown = line(
          { ...more, ...fields, listener, client, level: 'warn', time: '2026-11-30T12:03:07Z' },
          msg,
        );
        t.notRegex((shown ?? '\n').slice(0, -1), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }
    }),
    { numRuns: 300 },
  );
});

for (const [ms, text] of [
  [0, '0 ms'],
  [0.04, '0 ms'],
  [0.44, '0.4 ms'],
  [9.94, '9.9 ms'],
  [9.96, '10 ms'],
  [12.4, '12 ms'],
  [999.4, '999 ms'],
  [999.6, '1 s'],
  [1234, '1.2 s'],
  [59_400, '59 s'],
  [59_600, '1 m 0 s'],
  [185_000, '3 m 5 s'],
  [3_599_700, '1 h 0 m'],
  [7_500_000, '2 h 5 m'],
  [360_000_000, '100 h 0 m'],
] as const) {
  test(`${ms} milliseconds are ${text}`, (t) => t.is(durationText(ms), text));
}

for (const [bytes, text] of [
  [0, '0 B'],
  [1, '1 B'],
  [999, '999 B'],
  [1000, '1 kB'],
  [3000, '3 kB'],
  [3449, '3.4 kB'],
  [88_123, '88 kB'],
  [999_499, '999 kB'],
  [999_500, '1 MB'],
  [1_250_000, '1.3 MB'],
  [2 ** 40, '1.1 TB'],
  [Number.MAX_SAFE_INTEGER, '9 PB'],
  [1e21, '1000000 PB'],
] as const) {
  test(`${bytes} bytes are ${text}`, (t) => t.is(bytesText(bytes), text));
}

test('after a take-over, a drain does not advise a Ctrl-C, which the successor would get too', (t) => {
  const fields = { isTakenOver: true, sessions: 3, delayMs: 0, timeoutMs: 8000 };
  t.is(said(fields, 'draining'), 'draining: 3 sessions, at most 8 s\n');
});

for (const [fields, shown] of [
  [[3, 0, 8000], 'draining: 3 sessions, at most 8 s; a second Ctrl-C ends them at once'],
  [[1, 0, 8000], 'draining: 1 session, at most 8 s; a second Ctrl-C ends it at once'],
  [[2, 0, 0], 'draining: 2 sessions, without a time limit; a second Ctrl-C ends them at once'],
  [[0, 0, 8000], 'draining: no session'],
  [
    [0, 5000, 8000],
    'draining: no session, clients are accepted for another 5 s, then at most 8 s; a second Ctrl-C ends Herald at once',
  ],
] as const) {
  test(`a drain says what it waits for: ${fields.join()}`, (t) => {
    const [sessions, delayMs, timeoutMs] = fields;
    t.is(said({ sessions, delayMs, timeoutMs }, 'draining'), `${shown}\n`);
  });
}
