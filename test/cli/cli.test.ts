import test from 'ava';
import { COMMANDS } from '../../src/cli/commands.ts';
import { herald } from './fake-host.ts';

test('alone it shows its commands on standard output, and nothing is wrong', async (t) => {
  const alone = await herald([]);
  t.is(alone.status, 0);
  t.deepEqual(alone.err, []);
  t.is(alone.out, (await herald(['--help'])).out);
  t.true(alone.out.startsWith('herald COMMAND [flags]\n'));
});

for (const argv of [['--help'], ['-h'], ['help'], ['help', '--help'], ['--help-all']]) {
  test(`${argv.join(' ')} shows every command on standard output`, async (t) => {
    const { status, out, err } = await herald(argv);
    t.is(status, 0);
    t.deepEqual(err, []);
    t.true(COMMANDS.length > 9);
    for (const { name, text } of COMMANDS) t.regex(out, new RegExp(`herald ${name} +${text.slice(0, 20)}`));
  });
}

test('the commands are those of the contract', (t) => {
  t.deepEqual(
    COMMANDS.map(({ name }) => name),
    [
      'demo',
      'edge',
      'sidecar',
      'run',
      'gateway',
      'status',
      'endpoints',
      'sessions',
      'refused',
      'echo',
      'inspect',
      'routes',
      'load',
    ],
  );
});

for (const argv of [['--version'], ['edge', '--version'], ['edge', '--nonsense', '--version']]) {
  test(`${argv.join(' ')} shows the version`, async (t) => {
    t.deepEqual(await herald(argv), { status: 0, out: '1.2.3\n', err: [] });
  });
}

for (const [argv, ...lines] of [
  [['edg'], 'herald: "edg": there is no such command; did you mean edge?'],
  [['stat'], 'herald: "stat": there is no such command; did you mean status?'],
  [['INS'], 'herald: "INS": there is no such command; did you mean inspect?'],
  [['demo', '--halp'], 'herald: --halp: there is no such flag; did you mean --help?'],
  [['demo', '--help=yes'], 'herald: --help: takes no value'],
  [['demo', 'help'], 'herald: "help": was not expected here; did you mean --help?'],
  [['helpp'], 'herald: "helpp": there is no such command; did you mean help?'],
  [
    ['s'],
    'herald: "s": there is no such command; expected one of demo, edge, sidecar, run, gateway, status, endpoints, sessions, refused, echo, inspect, routes, load',
  ],
  [
    ['proxy'],
    'herald: "proxy": there is no such command; expected one of demo, edge, sidecar, run, gateway, status, endpoints, sessions, refused, echo, inspect, routes, load',
  ],
  [['--listen', ':1'], 'herald: "--listen": there is no such command; the command comes first'],
  [
    ['toString'],
    'herald: "toString": there is no such command; expected one of demo, edge, sidecar, run, gateway, status, endpoints, sessions, refused, echo, inspect, routes, load',
  ],
  [['drain'], 'herald: "drain": there is no such command; SIGTERM drains a running Herald and ends it'],
  [
    ['reload'],
    'herald: "reload": there is no such command; SIGHUP makes herald run reload its file, and so does --watch-config',
  ],
  [['version'], 'herald: "version": there is no such command; use herald --version'],
  [['-v'], 'herald: "-v": there is no such command; use herald --version'],
  [['help', 'edgee'], 'herald: "edgee": there is no such command; did you mean edge?'],
  [['routes'], 'herald: routes: needs an action: one of up, down, show'],
  [['routes', 'upp'], 'herald: routes: expected one of up, down, show, got "upp"'],
  [['routes', 'up', 'down'], 'herald: "down": was not expected here'],
  [
    ['routes', 'show', '--table', '254', '--json=maybe'],
    'herald: --json: expected true or false, got "maybe"',
    'herald: --table: expected a table other than local, main and default, got "254"',
  ],
  [['routes', 'up', '--table', '0'], 'herald: --table: expected a whole number of at least 1, got "0"'],
  [
    ['routes', 'up', '--keep', '--guard', '9466'],
    'herald: --guard: needs --node',
    'herald: --keep: needs up --node',
  ],
  [['routes', 'down', '--node', '--keep'], 'herald: --keep: needs up --node'],
  [
    ['routes', 'up', '--node', '--guard', '65536', '--table', '123'],
    'herald: --table: expected a table other than 123, which is that of herald routes without --node, got "123"',
    'herald: --guard: expected at most 65535, got "65536"',
  ],
  [['demo', '--onec'], 'herald: --onec: there is no such flag; did you mean --once?'],
  [['demo', 'now'], 'herald: "now": was not expected here'],
  [['demo', '--once', '--once'], 'herald: --once: expected one value, got "true" and "true"'],
  [
    ['echo'],
    'herald: --listen: is required: an address such as 127.0.0.1:8080, [::1]:8080, :8080 or unix:/run/herald.sock',
  ],
  [
    ['echo', '--listen', '--raw', '--loud'],
    'herald: --loud: there is no such flag',
    'herald: --listen: needs a value: an address such as 127.0.0.1:8080, [::1]:8080, :8080 or unix:/run/herald.sock',
  ],
  [
    ['echo', '--listen', 'nowhere', '--raw=maybe'],
    'herald: --raw: expected true or false, got "maybe"',
    'herald: --listen: expected host:port, [v6]:port, :port or unix:/path, got "nowhere"',
  ],
  [
    ['sidecar', '--listen', ':1', '--to', '127.0.0.1:2', '--header-timeout', '1s', '--header-timeuot=5s'],
    'herald: --header-timeuot: there is no such flag; did you mean --header-timeout?',
    'herald: --trust: is required, since --accept-proxy is any: the peers whose headers are trusted, such as 10.0.1.0/24 (everyone is 0.0.0.0/0,::/0)',
    'herald: --header-timeout: expected at least 3s, got "1s"',
    'herald: --present: is required: one of none, v1, v2, transparent, forwarded',
  ],
  [
    [
      'edge',
      '--listen',
      ':1',
      '--to',
      '127.0.0.1:2',
      '--zone',
      'eu 1a',
      '--threads=0',
      '--watch-config=maybe',
      '--balance',
      'round-robin',
    ],
    'herald: --zone: expected the name of a zone, as topology.kubernetes.io/zone, got "eu 1a"',
    'herald: --threads: expected a whole number from 1 to 64, got "0"',
    'herald: --watch-config: expected true or false, got "maybe"',
  ],
] as const) {
  test(`herald ${argv.join(' ')} is wrong, and every mistake is a line`, async (t) => {
    const { status, out, err } = await herald(argv);
    t.is(status, 2);
    t.is(out, '');
    t.deepEqual([...err].sort(), [...lines].sort());
  });
}

test('mistakes of the environment are told too', async (t) => {
  const { status, err } = await herald(['edge', '--listen', ':1', '--to', '127.0.0.1:2'], {
    env: { HERALD_HEADER_TIMEOUT: '1s' },
  });
  t.is(status, 2);
  t.deepEqual(err, ['herald: HERALD_HEADER_TIMEOUT: expected at least 3s, got "1s"']);
});

test('a former name is told before the mistakes', async (t) => {
  const { status, err } = await herald([
    'sidecar',
    '--expect',
    'v2',
    '--listen',
    ':80',
    '--to',
    '10.0.0.1:80',
  ]);
  t.is(status, 2);
  t.deepEqual(
    err.map((line) => line.replace(/: the peers.*|: one of.*/, '')),
    [
      'herald: warning: --expect is now called --accept-proxy; the old name goes in the next release',
      'herald: --present: is required',
      'herald: --trust: is required, since --expect is v2',
    ],
  );
});
