import test from 'ava';
import { createAccessLog, recordFields } from '../../src/observe/access-log.ts';
import { CLOSE_REASONS, REASON_NAMES } from '../../src/plan/close-reason.ts';
import { createManualClock } from './manual-clock.ts';
import { createMemoryLog } from './memory-log.ts';
import { sessionRecord } from './session-record.ts';

function create(mode: 'none' | 'errors' | 'all', clients: 'full' | 'prefix' | 'none' = 'full') {
  const log = createMemoryLog();
  const clock = createManualClock();
  return { lines: log.lines, clock, sessions: createAccessLog({ log, mode, clients, clock }) };
}

const EVERY = REASON_NAMES.map((reason) => sessionRecord({ reason }));

test('a line has the fields of the manual, and the sentence of its reason', (t) => {
  const { lines, sessions } = create('errors');
  sessions.write([
    sessionRecord({
      reason: 'client_reset',
      detail: 'ECONNRESET',
      via: '10.9.9.9:1000',
      headerMs: 0.25,
      header: 2,
      tlvs: [{ name: 'AUTHORITY', text: 'example.org' }],
    }),
  ]);
  t.deepEqual(lines, [
    {
      level: 'info',
      message: 'The client reset the connection, or ended it in the body of a request (--present forwarded).',
      fields: {
        listener: 'edge',
        session: 'w1-1',
        client: '203.0.113.7:51234',
        via: '10.9.9.9:1000',
        endpoint: '10.0.0.1:80',
        reason: 'client_reset',
        detail: 'ECONNRESET',
        ms: 12.346,
        headerMs: 0.25,
        connectMs: 1.5,
        attempts: 1,
        bytesToEndpoint: 100,
        bytesToClient: 2000,
        header: 2,
        tlvs: [{ name: 'AUTHORITY', text: 'example.org' }],
      },
    },
  ]);
});

test('what is null or empty is left out, and zero is not', (t) => {
  const fields = recordFields(sessionRecord({ endpoint: null, connectMs: null, attempts: 0 }), 'full');
  t.deepEqual(Object.keys(fields), [
    'listener',
    'session',
    'client',
    'reason',
    'ms',
    'attempts',
    'bytesToEndpoint',
    'bytesToClient',
    'header',
  ]);
});

test('mode none writes nothing', (t) => {
  const { lines, sessions } = create('none');
  sessions.write(EVERY);
  t.deepEqual(lines, []);
});

test('mode errors writes what is above debug in the table of reasons, at its level', (t) => {
  const { lines, sessions } = create('errors');
  sessions.write(EVERY);
  const expected = Object.entries(CLOSE_REASONS).filter(([, { level }]) => level !== 'debug');
  t.true(expected.length > 20);
  t.deepEqual(
    lines.map(({ level, fields }) => [fields.reason, level]),
    expected.map(([reason, { level }]) => [reason, level]),
  );
});

test('mode all writes every ending, the good ones at info', (t) => {
  const { lines, sessions } = create('all');
  sessions.write(EVERY);
  t.is(lines.length, REASON_NAMES.length);
  t.is(lines.find(({ fields }) => fields.reason === 'client_closed')?.level, 'info');
  t.is(lines.find(({ fields }) => fields.reason === 'untrusted')?.level, 'warn');
});

test('mode all does not limit good endings', (t) => {
  const { lines, sessions } = create('all');
  sessions.write(Array.from({ length: 1000 }, () => sessionRecord()));
  t.is(lines.length, 1000);
});

for (const mode of ['errors', 'all'] as const) {
  test(`mode ${mode} limits the lines of each reason and sums up the rest at the reason's level`, (t) => {
    const { lines, clock, sessions } = create(mode);
    sessions.write(Array.from({ length: 500 }, () => sessionRecord({ reason: 'untrusted' })));
    t.is(lines.length, 20);
    sessions.write([sessionRecord({ reason: 'header_absent' })]);
    t.is(lines.length, 21);
    clock.advance(10_000);
    t.deepEqual(lines.slice(21), [
      { level: 'warn', fields: { reason: 'untrusted', held: 480 }, message: '480 more like this in 10 s' },
    ]);
  });
}

test('stop writes the sum of what is still held back', (t) => {
  const { lines, clock, sessions } = create('errors');
  sessions.write(Array.from({ length: 22 }, () => sessionRecord({ reason: 'no_endpoint' })));
  clock.advance(2000);
  sessions.stop();
  t.is(lines.at(-1)?.message, '2 more like this in 2 s');
  t.is(lines.at(-1)?.level, 'error');
  t.is(clock.waiting, 0);
});

test('--log-clients is kept for client and via', (t) => {
  const record = sessionRecord({ reason: 'client_reset', via: '10.9.9.9:1000' });
  const prefix = create('errors', 'prefix');
  prefix.sessions.write([record]);
  t.is(prefix.lines[0]?.fields.client, '203.0.113.0/24');
  t.is(prefix.lines[0]?.fields.via, '10.9.9.0/24');
  const none = create('errors', 'none');
  none.sessions.write([record]);
  t.false('client' in none.lines[0]!.fields);
  t.false('via' in none.lines[0]!.fields);
  t.is(none.lines[0]?.fields.endpoint, '10.0.0.1:80');
});
