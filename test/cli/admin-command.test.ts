import { dirname, join } from 'node:path';
import test from 'ava';
import { temporaryFile } from '../config/temporary-file.ts';
import { COMMANDS } from './admin-answers.ts';
import { fakeAdmin } from './fake-admin.ts';
import { herald } from './fake-host.ts';

for (const { name, answer, table, narrow } of COMMANDS) {
  test(`${name} asks its path and shows a table`, async (t) => {
    const asked: string[] = [];
    const admin = await fakeAdmin(t, (request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.host}`);
      response.end(JSON.stringify(answer));
    });
    t.deepEqual(await herald([name, '--admin', admin]), { status: 0, out: `${table.join('\n')}\n`, err: [] });
    t.deepEqual(asked, [`GET /${name} ${admin}`]);
  });

  test(`${name} is one line a row on 80 columns, and names what it leaves out`, async (t) => {
    const admin = await fakeAdmin(t, (_request, response) => response.end(JSON.stringify(answer)));
    const { out } = await herald([name, '--admin', admin], { columns: 80, isTTY: true });
    t.deepEqual(out.trimEnd().split('\n'), narrow);
    for (const line of narrow) t.true(line.length <= 80, line);
  });

  test(`${name} has all columns on a wide terminal`, async (t) => {
    const admin = await fakeAdmin(t, (_request, response) => response.end(JSON.stringify(answer)));
    const { out } = await herald([name, '--admin', admin], { columns: 200, isTTY: true });
    const [titles] = out.split('\n').filter((line) => /^(LISTENER|AT)/.test(line));
    const [all] = table.filter((line) => /^(LISTENER|AT)/.test(line));
    t.deepEqual(titles?.split(/ {2,}/), all?.split(/ {2,}/));
  });

  test(`${name} has no line too long for a terminal of 40 columns`, async (t) => {
    const admin = await fakeAdmin(t, (_request, response) => response.end(JSON.stringify(answer)));
    const { out } = await herald([name, '--admin', admin], { columns: 40, isTTY: true });
    for (const line of out.split('\n')) t.true(line.length <= 40, line);
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
