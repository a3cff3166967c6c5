import { dirname, join } from 'node:path';
import test from 'ava';
import { temporaryFile } from '../config/temporary-file.ts';
import { fakeAdmin } from './fake-admin.ts';
import { herald } from './fake-host.ts';

const ENDPOINT = {
  fails: 0,
  lastFailure: null,
  failing: false,
  node: null,
  zone: null,
  ready: true,
  serving: true,
  terminating: false,
};

/** What a Herald answers, and the table that an operator sees. */ /** Of one that has failed a good while. */
const FAILED = {
  ejected: false,
  fails: 61,
  lastFailure: { reason: 'connect_refused', at: '2026-01-01T00:00:00.000Z', ms: 61_000 },
};

const COMMANDS = [
  {
    name: 'status',
    answer: {
      version: '0.1.0',
      uptimeSeconds: 192.5,
      state: 'draining',
      engine: 'net',
      listeners: [
        {
          name: 'web',
          address: ':443',
          present: 'v2',
          expect: 'none',
          sessions: 3,
          limit: 8000,
          opened: 12,
          refused: 0,
          failed: 566,
          lastError: { reason: 'connect_refused', at: '2026-01-01T00:00:00.000Z', ms: 3400 },
        },
        {
          name: 'mail',
          address: '10.0.0.1:25',
          present: 'v1',
          expect: 'any',
          sessions: 0,
          limit: 1,
          opened: 5,
          refused: 99,
          failed: 0,
          lastError: null,
        },
      ],
    },
    table: [
      'herald 0.1.0, draining, up 3m12s, engine net',
      '',
      'LISTENER  ADDRESS      EXPECT  PRESENT  SESSIONS  LIMIT  OPENED  REFUSED  FAILED  LAST ERROR',
      'web       :443         none    v2              3   8000      12        0     566  connect_refused, 3s ago',
      'mail      10.0.0.1:25  any     v1              0      1       5       99       0  -',
    ],
  },
  {
    name: 'endpoints',
    answer: {
      pools: [
        {
          listener: 'web',
          source: 'static',
          policy: 'Cluster',
          node: null,
          zone: null,
          synced: true,
          endpoints: [
            { ...ENDPOINT, address: '10.0.0.5:443', usable: true, failing: true, sessions: 3, ...FAILED },
            {
              ...ENDPOINT,
              address: '10.0.0.6:443',
              node: 'node-a',
              zone: 'eu-1a',
              usable: false,
              ejected: true,
              down: true,
              fails: 5,
              lastFailure: { reason: 'connect_timeout', at: '2026-01-01T00:00:00.000Z', ms: 450 },
              sessions: 0,
            },
            { ...ENDPOINT, address: '10.0.0.7:443', usable: false, ejected: false, sessions: 1 },
            {
              ...ENDPOINT,
              ready: false,
              address: '10.0.0.8:443',
              usable: false,
              ejected: false,
              sessions: 0,
            },
            {
              ...ENDPOINT,
              ready: false,
              terminating: true,
              address: '10.0.0.9:443',
              usable: false,
              ejected: false,
              sessions: 2,
            },
            {
              ...ENDPOINT,
              terminating: true,
              address: '10.0.1.0:443',
              usable: true,
              ejected: false,
              sessions: 0,
            },
          ],
        },
        {
          listener: 'a',
          source: 'k8s:a',
          policy: 'Local',
          node: null,
          zone: null,
          synced: true,
          endpoints: [],
        },
        {
          listener: 'b',
          source: 'k8s:b,10.0.0.1:443,10.0.0.2:443,dns:c',
          policy: 'Local',
          node: null,
          zone: null,
          synced: false,
          endpoints: [],
        },
      ],
    },
    table: [
      'LISTENER  SOURCE                         POLICY   ENDPOINT      STATE                SESSIONS  FAILS  LAST FAILURE                NODE    ZONE',
      'web       static                         Cluster  10.0.0.5:443  usable, failing             3     61  connect_refused, 1m1s ago   -       -',
      'web       static                         Cluster  10.0.0.6:443  down (health check)         0      5  connect_timeout, 450ms ago  node-a  eu-1a',
      'web       static                         Cluster  10.0.0.7:443  unusable                    1      0  -                           -       -',
      'web       static                         Cluster  10.0.0.8:443  not ready                   0      0  -                           -       -',
      'web       static                         Cluster  10.0.0.9:443  terminating                 2      0  -                           -       -',
      'web       static                         Cluster  10.0.1.0:443  usable, terminating         0      0  -                           -       -',
      'a         k8s:a                          Local    -             empty                       0      0  -                           -       -',
      'b         k8s:b,10.0.0.1:443 and 2 more  Local    -             not known yet               0      0  -                           -       -',
    ],
  },
  {
    name: 'sessions',
    answer: {
      sessions: [
        {
          listener: 'web',
          session: 'ab-1',
          phase: 'relay',
          client: '203.0.113.7:51234',
          via: '10.0.1.9:40000',
          endpoint: '10.0.0.5:443',
          ageMs: 61_000,
          idleMs: 250,
          bytesToEndpoint: 1234,
          bytesToClient: 7,
        },
        {
          listener: 'web',
          session: 'ab-2',
          phase: 'header',
          client: '203.0.113.8:1',
          via: null,
          endpoint: null,
          ageMs: 1,
          idleMs: 1,
          bytesToEndpoint: 0,
          bytesToClient: 0,
        },
      ],
    },
    table: [
      'LISTENER  SESSION  CLIENT             VIA             ENDPOINT      PHASE   AGE   IDLE   TO ENDPOINT  TO CLIENT',
      'web       ab-1     203.0.113.7:51234  10.0.1.9:40000  10.0.0.5:443  relay   1m1s  250ms         1234          7',
      'web       ab-2     203.0.113.8:1      -               -             header  1ms   1ms              0          0',
    ],
  },
  {
    name: 'refused',
    answer: {
      refused: [
        {
          at: '2026-01-01T00:00:00.000Z',
          peer: '203.0.113.7:1',
          listener: 'web',
          reason: 'header_absent',
          detail: null,
          firstBytes: { text: 'GET / HTTP/1.1\\r\\nHost: a', hex: '47' },
          decoded: 'no header',
        },
        {
          at: '2026-01-01T00:00:01.000Z',
          peer: null,
          listener: 'web',
          reason: 'header_invalid',
          detail: 'v2_family',
          firstBytes: null,
          decoded: null,
        },
        {
          at: '2026-01-01T00:00:02.000Z',
          peer: null,
          listener: 'web',
          reason: 'header_absent',
          detail: null,
          firstBytes: { text: '\\x16'.repeat(64), hex: '16' },
          decoded: 'no header',
        },
      ],
    },
    table: [
      'AT                        LISTENER  PEER           REASON          DETAIL     DECODED    FIRST BYTES',
      '2026-01-01T00:00:00.000Z  web       203.0.113.7:1  header_absent   -          no header  GET / HTTP/1.1\\r\\nHost: a',
      '2026-01-01T00:00:01.000Z  web       -              header_invalid  v2_family  -          -',
      `2026-01-01T00:00:02.000Z  web       -              header_absent   -          no header  ${'\\x16'.repeat(11)}\\x1…`,
    ],
  },
] as const;

for (const { name, answer, table } of COMMANDS) {
  test(`${name} asks its path and shows a table`, async (t) => {
    const asked: string[] = [];
    const admin = await fakeAdmin(t, (request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.host}`);
      response.end(JSON.stringify(answer));
    });
    t.deepEqual(await herald([name, '--admin', admin]), { status: 0, out: `${table.join('\n')}\n`, err: [] });
    t.deepEqual(asked, [`GET /${name} ${admin}`]);
  });

  test(`${name} fits a narrow terminal, and nothing of it is lost`, async (t) => {
    const admin = await fakeAdmin(t, (_request, response) => response.end(JSON.stringify(answer)));
    const { out } = await herald([name, '--admin', admin], { columns: 60, isTTY: true });
    for (const line of out.split('\n')) t.true(line.length <= 60, line);
    t.is(out.replaceAll(/\s/g, ''), table.join('').replaceAll(/\s/g, ''));
  });

  test(`${name} --json gives the answer as it came, on one line`, async (t) => {
    const admin = await fakeAdmin(t, (_request, response) => response.end(`${JSON.stringify(answer)}\n`));
    const { status, out } = await herald([name, '--json', '--admin', admin]);
    t.is(status, 0);
    t.is(out, `${JSON.stringify(answer)}\n`);
  });
}

for (const [name, answer, word] of [
  ['endpoints', { pools: [] }, 'no pool'],
  ['sessions', { sessions: [] }, 'no session is open'],
  ['refused', { refused: [] }, 'nobody was refused'],
] as const) {
  test(`${name} of nothing is a word`, async (t) => {
    const admin = await fakeAdmin(t, (_request, response) => response.end(JSON.stringify(answer)));
    t.is((await herald([name, '--admin', admin])).out, `${word}\n`);
  });
}

test('the admin address can be a unix socket, and come from the environment', async (t) => {
  const path = join(dirname(temporaryFile(t, '')), 'admin.sock');
  const admin = await fakeAdmin(t, (_request, response) => response.end('{"sessions":[]}'), path);
  t.is((await herald(['sessions'], { env: { HERALD_ADMIN: admin } })).out, 'no session is open\n');
});

test('where nobody answers it says so in one line, and the status is 1', async (t) => {
  t.deepEqual(await herald(['status', '--admin', 'unix:/nowhere/herald.sock']), {
    status: 1,
    out: '',
    err: [
      'herald: no answer from unix:/nowhere/herald.sock: there is no such socket; is Herald running there?',
    ],
  });
});

test('a port where nothing listens is one line too', async (t) => {
  const admin = await fakeAdmin(t, () => {});
  const [, port] = admin.split(':');
  const { status, err } = await herald(['status', '--admin', `127.0.0.2:${port}`]);
  t.is(status, 1);
  t.deepEqual(err, [
    `herald: no answer from 127.0.0.2:${port}: connection refused; is Herald running there?`,
  ]);
});

for (const [title, status, body, line] of [
  ['an error', 500, '{}', /^herald: no answer from 127\.0\.0\.1:\d+: status 500; is Herald running there\?$/],
  [
    'another program',
    200,
    '<html>',
    /^herald: the answer is not in the format of this version of Herald; --json prints it/,
  ],
  [
    'another shape',
    200,
    '{}',
    /^herald: the answer is not in the format of this version of Herald; --json prints it/,
  ],
] as const) {
  test(`${title} is told in one line`, async (t) => {
    const admin = await fakeAdmin(t, (_request, response) => {
      response.statusCode = status;
      response.end(body);
    });
    const { status: exit, out, err } = await herald(['status', '--admin', admin]);
    t.is(exit, 1);
    t.is(out, '');
    t.is(err.length, 1);
    t.regex(err[0]!, line);
  });
}

test('an answer that breaks off is told in one line', async (t) => {
  const admin = await fakeAdmin(t, (_request, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('{');
    setImmediate(() => response.destroy());
  });
  const { status, err } = await herald(['status', '--admin', admin]);
  t.is(status, 1);
  t.deepEqual(err.length, 1);
  t.regex(err[0]!, /: the connection was reset; is Herald running there\?$/);
});

const LAST = { reason: 'connect_refused', at: '2026-01-01T00:00:00.000Z', ms: 3000 };

for (const [title, failed, lines] of [
  ['an older Herald says nothing of them', undefined, []],
  ['there are none', { sessions: 0, lastError: null }, []],
  [
    'there is one',
    { sessions: 1, lastError: LAST },
    ['', '1 session failed: connect_refused, 3s ago.', 'See "herald status" and "herald endpoints".'],
  ],
  [
    'there are many, and nobody knows the last',
    { sessions: 566, lastError: null },
    ['', '566 sessions failed.', 'See "herald status" and "herald endpoints".'],
  ],
  [
    'there are many',
    { sessions: 566, lastError: LAST },
    [
      '',
      '566 sessions failed; the last one: connect_refused, 3s ago.',
      'See "herald status" and "herald endpoints".',
    ],
  ],
] as const) {
  test(`refused points to sessions that failed: ${title}`, async (t) => {
    const admin = await fakeAdmin(t, (_request, response) =>
      response.end(JSON.stringify({ refused: [], failed })),
    );
    const { out } = await herald(['refused', '--admin', admin]);
    t.is(out, `${['nobody was refused', ...lines].join('\n')}\n`);
  });
}

test('an older Herald that says nothing of failures is shown all the same', async (t) => {
  const { listeners, ...rest } = COMMANDS[0].answer;
  const [{ failed: _, lastError: __, ...web }] = listeners;
  const admin = await fakeAdmin(t, (_request, response) =>
    response.end(JSON.stringify({ ...rest, listeners: [web] })),
  );
  const { status, out } = await herald(['status', '--admin', admin]);
  t.is(status, 0);
  t.regex(out, /\nweb .* - {2,}-\n$/);
});

for (const name of ['status', 'endpoints', 'sessions', 'refused']) {
  test(`${name} is told what is wrong before anyone is asked`, async (t) => {
    t.deepEqual(await herald([name, '--admin', 'none', '--jsn', '--json=x', 'y']), {
      status: 2,
      out: '',
      err: [
        'herald: --jsn: there is no such flag; did you mean --json?',
        'herald: "y": was not expected here',
        'herald: --json: expected true or false, got "x"',
        'herald: --admin: expected the admin address of a running Herald, got "none"',
      ],
    });
  });
}
