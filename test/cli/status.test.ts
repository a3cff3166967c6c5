import test from 'ava';
import { COMMANDS } from './admin-answers.ts';
import { fakeAdmin } from './fake-admin.ts';
import { herald } from './fake-host.ts';

for (const [asked, path] of [
  ['started', '/startupz'],
  ['ready', '/readyz?verbose'],
  ['alive', '/livez'],
] as const) {
  test(`status --is ${asked} asks the probe, and its exit status is the answer`, async (t) => {
    let good = false;
    const paths: (string | undefined)[] = [];
    const admin = await fakeAdmin(t, ({ url }, response) => {
      paths.push(url);
      response.writeHead(good ? 200 : 503).end(good ? 'ok\n' : '[-] web closed\nno\n');
    });
    const ask = () => herald(['status', '--is', asked, '--admin', admin]);
    t.deepEqual(await ask(), { status: 1, out: '[-] web closed\nno\n', err: [] });
    good = true;
    t.deepEqual(await ask(), { status: 0, out: 'ok\n', err: [] });
    t.deepEqual(paths, [path, path]);
  });
}

test('status --is asks for one of three things', async (t) => {
  const { status, err } = await herald(['status', '--is', 'up']);
  t.is(status, 2);
  t.is(err[0], 'herald: --is: expected one of started, ready, alive, got "up"');
});

test('status --is has no answer in JSON, and says so', async (t) => {
  const { status, err } = await herald(['status', '--is', 'ready', '--json']);
  t.is(status, 2);
  t.deepEqual(err, ['herald: --json: has no effect with --is, whose answer is text and an exit status']);
});

test('status --is of a Herald without probes on its admin address is no answer, and no word of readiness', async (t) => {
  const admin = await fakeAdmin(t, (_request, response) => response.writeHead(404).end());
  const { status, err } = await herald(['status', '--is', 'ready', '--admin', admin]);
  t.is(status, 1);
  t.regex(err[0]!, /status 404/);
});

test('status shows for which object of the cluster a listener is, if one is for any', async (t) => {
  const { answer } = COMMANDS.find((command) => command.name === 'status')!;
  const [web, mail] = answer.listeners;
  const listeners = [
    { ...web, object: 'service shop/web:443' },
    { ...mail, object: null },
  ];
  const admin = await fakeAdmin(t, (_request, response) =>
    response.end(JSON.stringify({ ...answer, listeners })),
  );
  const { out } = await herald(['status', '--admin', admin]);
  const [titles, first, second] = out.trimEnd().split('\n').slice(2);
  t.regex(titles!, /^LISTENER {2}OBJECT +ADDRESS /);
  t.regex(first!, /^web +service shop\/web:443 {2}:443 /);
  t.regex(second!, /^mail +- +10\.0\.0\.1:25 /);
});

test('status tells whether the node presents clients, and why not, if endpoints need it', async (t) => {
  const { answer } = COMMANDS.find((command) => command.name === 'status')!;
  const presents = [
    { family: 'ipv4', can: true, isProven: true, why: null },
    { family: 'ipv4', can: true, isProven: false, why: null },
    {
      family: 'ipv6',
      can: false,
      isProven: false,
      why: 'this node cannot present clients over IPv6: no echo',
    },
  ];
  const admin = await fakeAdmin(t, (_request, response) =>
    response.end(JSON.stringify({ ...answer, presents })),
  );
  const { out } = await herald(['status', '--admin', admin]);
  t.deepEqual(out.split('\n').slice(1, 5), [
    'this node presents clients over IPv4: an echo on it has proven it',
    'this node presents clients over IPv4: its rules and routes are set, but without --node-echo nothing is proven',
    'this node cannot present clients over IPv6: no echo',
    '',
  ]);
});

test('status of a Herald that has opened nothing yet names no engine', async (t) => {
  const { answer } = COMMANDS.find((command) => command.name === 'status')!;
  const starting = { ...answer, state: 'starting', engine: '', listeners: [] };
  const admin = await fakeAdmin(t, (_request, response) => response.end(JSON.stringify(starting)));
  const { out } = await herald(['status', '--admin', admin]);
  t.regex(out, /^herald \S+, starting, up [^,]+(, process \d+)?\n/);
});

test('status of a gateway says which instances present clients, and why others do not', async (t) => {
  const { answer } = COMMANDS.find((command) => command.name === 'status')!;
  const hops = {
    capable: 2,
    all: 5,
    incapable: [
      { node: 'node-b', why: 'no routes\u001b[31m' },
      { node: 'node-c', why: 'this node cannot present clients over IPv4: no echo' },
    ],
  };
  const admin = await fakeAdmin(t, (_request, response) => response.end(JSON.stringify({ ...answer, hops })));
  const { out } = await herald(['status', '--admin', admin]);
  t.deepEqual(out.split('\n').slice(1, 6), [
    '2 of 5 instances present clients to the pods of their nodes',
    'node-b does not: no routes\\u{1b}[31m',
    'node-c cannot present clients over IPv4: no echo',
    'nor does 1 more',
    '',
  ]);
});
