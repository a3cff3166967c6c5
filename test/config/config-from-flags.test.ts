import test from 'ava';
import { adminAddress, configFromFlags } from '../../src/config/config-from-flags.ts';
import { linesOf, problemsOf } from './problems-of.ts';
import { LEAST, listenerOf, readFlags } from './read-flags.ts';

test('the environment sets what no flag does', (t) => {
  const env = { HERALD_LISTEN: ':443', HERALD_TO: '10.0.0.1:80,10.0.0.2:80', HERALD_CRC32C: 'true' };
  const [listener] = readFlags('edge', {}, env).listeners;
  t.deepEqual(listener?.listen, { kind: 'tcp', ip: null, port: 443 });
  t.is(listener?.to.length, 2);
  t.true(listener?.crc32c);
});

test('a flag wins over its variable, whole', (t) => {
  const env = { HERALD_ATTEMPTS: '7', HERALD_TO: '10.0.0.8:1,10.0.0.9:1', HERALD_LOG_LEVEL: 'warn' };
  const config = readFlags('edge', { ...LEAST.edge, attempts: '2', logLevel: 'error' }, env);
  t.is(config.listeners[0]?.attempts, 2);
  t.is(config.listeners[0]?.to.length, 1);
  t.is(config.process.logLevel, 'error');
});

test('a variable that a flag overrules is not looked at', (t) => {
  t.is(listenerOf('edge', { attempts: '2' }, { HERALD_ATTEMPTS: 'many' }).attempts, 2);
});

test('a known variable with a bad value is a mistake that names the variable', (t) => {
  t.deepEqual(
    linesOf(() => listenerOf('edge', {}, { HERALD_HEADER_TIMEOUT: '1s', HERALD_METRICS: 'yes' })),
    [
      'HERALD_METRICS: expected host:port, [v6]:port, :port or unix:/path, got "yes"',
      'HERALD_HEADER_TIMEOUT: expected at least 3s, got "1s"',
    ],
  );
});

test('an empty variable counts as not set', (t) => {
  t.is(listenerOf('edge', {}, { HERALD_ATTEMPTS: '', HERALD_LOG_LEVEL: '' }).attempts, 3);
});

test('lists are repeated, or parted by commas, or both', (t) => {
  t.is(listenerOf('edge', { to: ['10.0.0.1:80,10.0.0.2:80', '10.0.0.3:80'] }).to.length, 3);
});

test('a flag that is no list comes once', (t) => {
  t.deepEqual(
    linesOf(() => listenerOf('edge', { attempts: ['2', '3'], crc32c: ['true', 'true'] })),
    [
      '--crc32c: expected one value, got "true" and "true"',
      '--attempts: expected one value, got "2" and "3"',
    ],
  );
});

test('a flag without its value says what was expected', (t) => {
  t.deepEqual(
    linesOf(() => listenerOf('edge', { attempts: [], tlv: [] })),
    [
      '--tlv: needs a value: pass, pass:TYPE,…, TYPE=HEX or TYPE=text:…',
      '--attempts: needs a value: a whole number of at least 1',
    ],
  );
});

test('every mistake is told at once, with those that the command line had already', (t) => {
  const before = { code: 'unknown_flag', option: '--foo', expected: 'a flag', got: '--foo' };
  const flags = new Map([
    ['listen', ['nowhere']],
    ['attempts', ['0']],
    ['forwardedTrust', ['unix']],
    ['admin', [':9465']],
    ['trust', ['10.0.0.0/8']],
  ]);
  const problems = problemsOf(() => configFromFlags('edge', flags, { HERALD_LOG_LEVEL: 'loud' }, [before]));
  t.deepEqual(
    problems.map(({ code, option }) => `${option} ${code}`),
    [
      '--foo unknown_flag',
      'HERALD_LOG_LEVEL unknown_choice',
      '--listen invalid_address',
      '--to missing',
      '--attempts too_small',
      '--trust without_effect',
      '--forwarded-trust without_effect',
      '--admin admin_not_loopback',
    ],
  );
});

test('unknown variables of ours are remarks, never mistakes', (t) => {
  const env = {
    HERALD_SERVICE_HOST: '10.96.0.7',
    HERALD_PORT: 'tcp://10.96.0.7:80',
    HERALD_ATTEMPTS: '2',
    PATH: '/bin',
  };
  t.deepEqual(readFlags('edge', LEAST.edge, env).remarks, [
    'HERALD_PORT is not an option here and is ignored',
    'HERALD_SERVICE_HOST is not an option here and is ignored',
  ]);
});

test('TLVs in the environment stand on lines of their own', (t) => {
  const { tlv } = listenerOf('edge', {}, { HERALD_TLV: '0xE4=text:a,b\n0xE5=00\n' });
  t.deepEqual(
    tlv.add.map(({ type }) => type),
    [0xe4, 0xe5],
  );
});

test('the hash tells one configuration from another', (t) => {
  const hash = (flags: object) => readFlags('edge', { ...LEAST.edge, ...flags }).hash;
  t.regex(hash({}), /^[0-9a-f]{12}$/);
  t.is(hash({}), hash({}));
  t.is(hash({}), hash({ attempts: '3' }));
  t.not(hash({}), hash({ attempts: '4' }));
  t.not(hash({}), hash({ logLevel: 'warn' }));
});

const flags = (admin?: string) => new Map(admin === undefined ? [] : [['admin', [admin]]]);

test('it is the default, the variable or the flag, as of a Herald that runs', (t) => {
  t.deepEqual(adminAddress(flags(), {}), { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 9465 });
  const env = { HERALD_ADMIN: 'unix:/run/a', HERALD_METRICS: 'nonsense that is not asked' };
  t.deepEqual(adminAddress(flags(), env), { kind: 'unix', path: '/run/a' });
  t.deepEqual(adminAddress(flags('unix:/run/b'), env), { kind: 'unix', path: '/run/b' });
});

for (const [title, admin, env, line] of [
  ['none', 'none', {}, '--admin: expected the admin address of a running Herald, got "none"'],
  [
    'no loopback',
    ':9465',
    {},
    '--admin: expected a loopback address such as 127.0.0.1:9465, or unix:/…, got ":9465"',
  ],
  ['no address', 'x', {}, '--admin: expected host:port, [v6]:port, :port or unix:/path, got "x"'],
  [
    'none in the environment',
    undefined,
    { HERALD_ADMIN: 'none' },
    'HERALD_ADMIN: expected the admin address of a running Herald, got "none"',
  ],
] as const) {
  test(`it is a mistake to ask ${title}`, (t) =>
    t.deepEqual(
      linesOf(() => adminAddress(flags(admin), env)),
      [line],
    ));
}

test('mistakes of the command line are told with it', (t) => {
  const before = {
    code: 'unknown_flag',
    option: '--foo',
    expected: 'a flag',
    got: '--foo',
    message: 'there is none',
  };
  t.deepEqual(
    linesOf(() => adminAddress(flags(), {}, [before])),
    ['--foo: there is none'],
  );
});
