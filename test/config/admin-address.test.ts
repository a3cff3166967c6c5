import test from 'ava';
import { adminAddress } from '../../src/config/admin-address.ts';
import { linesOf } from './problems-of.ts';

const flags = (admin?: string) => new Map(admin === undefined ? [] : [['admin', [admin]]]);

test('it is the default, the variable or the flag, as of a Herald that runs', (t) => {
  t.deepEqual(adminAddress(flags(), {}), { kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port: 9465 });
  const env = { HERALD_ADMIN: 'unix:/run/a', HERALD_METRICS: 'nonsense that is not asked' };
  t.deepEqual(adminAddress(flags(), env), { kind: 'unix', path: '/run/a' });
  t.deepEqual(adminAddress(flags('unix:/run/b'), env), { kind: 'unix', path: '/run/b' });
});

for (const [title, admin, env, line] of [
  ['none', 'none', {}, '--admin: expected the admin address of a Herald that runs, got "none"'],
  [
    'no loopback',
    ':9465',
    {},
    '--admin: expected an address of loopback such as 127.0.0.1:9465, or unix:/…, got ":9465"',
  ],
  ['no address', 'x', {}, '--admin: expected host:port, [v6]:port, :port or unix:/path, got "x"'],
  [
    'none in the environment',
    undefined,
    { HERALD_ADMIN: 'none' },
    'HERALD_ADMIN: expected the admin address of a Herald that runs, got "none"',
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
