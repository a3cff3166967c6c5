import test from 'ava';
import { type ParsedAddress, parseAddress } from '../../src/address/socket-address.ts';
import { configFromValue } from '../../src/config/config-from-value.ts';
import { resolveListen } from '../../src/config/resolve-listen.ts';
import { linesOf } from './problems-of.ts';

/** What systemd has passed, by name. */
const PASSED: { readonly [name: string]: string } = {
  web: '127.0.0.1:8080',
  same: '127.0.0.1:8080',
  everywhere: ':8080',
  path: 'unix:/run/web.sock',
  host: ':8080',
};

function lookup(name: string) {
  const text = PASSED[name];
  return text === undefined
    ? { problem: `systemd passed nothing called ${name}` }
    : { address: parseAddress(text) as ParsedAddress, isOfOwnNetwork: name !== 'host' };
}

const TO = '10.0.0.1:80';

/** Resolves these listeners; the first is `l0`. */
function resolve(listeners: readonly object[], process: object = {}) {
  const named = listeners.map((each, at) => ({ name: `l${at}`, to: TO, ...each }));
  const config = configFromValue({ version: 1, ...process, listeners: named }, {});
  return { config, resolved: () => resolveListen(config, lookup) };
}

test('a listener gets the address of the socket that systemd passed under its name', (t) => {
  const { config, resolved } = resolve([
    { listen: 'systemd:web' },
    { listen: ':81' },
    { listen: 'systemd:path' },
  ]);
  t.deepEqual(
    resolved().listeners.map(({ listen }) => listen),
    [parseAddress('127.0.0.1:8080'), parseAddress(':81'), parseAddress('unix:/run/web.sock')] as never,
  );
  // What was written stays as it was.
  t.deepEqual(config.listeners[0]!.listen, { kind: 'systemd', name: 'web' });
  t.is(resolved().hash, config.hash);
});

test('a configuration without such names asks for none', (t) => {
  const { config } = resolve([{ listen: ':81' }]);
  t.is(
    resolveListen(config, () => t.fail() as never),
    config as never,
  );
});

const WRONG: readonly (readonly [
  what: string,
  listeners: readonly object[],
  process: object,
  lines: readonly string[],
])[] = [
  [
    'every name that systemd did not pass is a mistake',
    [{ listen: 'systemd:no' }, { listen: 'systemd:web' }, { listen: 'systemd:nor' }],
    {},
    [
      'listener l0: listen: systemd passed nothing called no',
      'listener l2: listen: systemd passed nothing called nor',
    ],
  ],
  [
    'two names with one address are a conflict',
    [{ listen: 'systemd:web' }, { listen: 'systemd:same' }],
    {},
    [
      'listener l1: listen: expected an address that does not overlap with that of listener "l0", got "127.0.0.1:8080"',
    ],
  ],
  [
    'an address that overlaps that of another listener is a conflict',
    [{ listen: '127.0.0.1:8080' }, { listen: 'systemd:everywhere' }],
    {},
    [
      'listener l1: listen: expected an address that does not overlap with that of listener "l0", got ":8080"',
    ],
  ],
  [
    'an ops address that was asked for is a conflict',
    [{ listen: 'systemd:web' }],
    { metrics: ':8080' },
    ['metrics: expected an address that does not overlap with that of listener "l0", got ":8080"'],
  ],
  [
    'an endpoint that is the listener itself is a loop',
    [{ listen: 'systemd:everywhere', to: '127.0.0.1:8080' }],
    {},
    [
      'listener l0: to: expected endpoints other than the listener itself, got "systemd:everywhere, which is :8080"',
    ],
  ],
  [
    'addresses that are trusted would match nobody of a unix socket',
    [{ listen: 'systemd:path', acceptProxy: 'any', trust: '10.0.0.0/8' }],
    {},
    ['listener l0: trust: addresses would match nobody, since peers of a unix socket have none; use unix'],
  ],
  [
    'unix that is trusted would match nobody of a TCP socket',
    [{ listen: 'systemd:web', acceptProxy: 'any', trust: 'unix' }],
    {},
    ['listener l0: trust: "unix" would match nobody, since listen is not a unix socket'],
  ],
];

for (const [what, listeners, process, lines] of WRONG) {
  test(`once the address is known: ${what}`, (t) => {
    const { resolved } = resolve(listeners, process);
    t.deepEqual(linesOf(resolved), lines);
  });
}

test('what was right before stays right: each kind of peer, headers, ops addresses', (t) => {
  const { resolved } = resolve(
    [
      { listen: 'systemd:web', acceptProxy: 'any', trust: '10.0.0.0/8', crc32c: true },
      { listen: 'systemd:path', acceptProxy: 'v2', trust: 'unix', present: 'none' },
    ],
    { metrics: ':9000', admin: '127.0.0.1:9001' },
  );
  t.notThrows(resolved);
});

test('an endpoint with the address of a socket of another network is no loop', (t) => {
  const { resolved } = resolve([{ listen: 'systemd:host', to: '127.0.0.1:8080' }]);
  t.notThrows(resolved);
});

test('one name in two listeners is a mistake of the file, before anything is passed', (t) => {
  t.deepEqual(
    linesOf(() => resolve([{ listen: 'systemd:web' }, { listen: 'systemd:web' }])),
    [
      'listeners[1].listen: expected an address that does not overlap with that of listener "l0", got "systemd:web"',
    ],
  );
});
