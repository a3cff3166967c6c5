import { createServer } from 'node:http';
import test from 'ava';
import { type AcceptOptions, parseAcceptOptions } from '../../src/accept/accept-options.ts';
import { acceptProxyProtocol } from '../../src/accept/accept-proxy-protocol.ts';
import { parseIp } from '../../src/address/ip.ts';
import { admit } from '../../src/session/admission.ts';

function plan(options: unknown) {
  return parseAcceptOptions(options as AcceptOptions);
}

test('an option that is left out has its default', (t) => {
  const { admission, maxPending } = plan({ trust: ['10.0.0.0/8'] });
  t.like(admission, {
    acceptProxy: 'any',
    proxyHeader: 'required',
    headerTimeoutMs: 5000,
    maxHeaderBytes: 4096,
  });
  t.is(maxPending, 4096);
});

test('CIDRs, single addresses and unix name the peers of both lists', (t) => {
  const { admission } = plan({ trust: ['10.0.0.0/8', '2001:db8::1', 'unix'], headerless: ['192.0.2.0/24'] });
  const rule = (ip: string | null) => admit(admission, ip === null ? null : parseIp(ip)!);
  t.is(rule('10.1.2.3'), 'required');
  t.is(rule('::ffff:10.1.2.3'), 'required');
  t.is(rule('2001:db8::1'), 'required');
  t.is(rule('2001:db8::2'), 'untrusted');
  t.is(rule('192.0.2.9'), 'headerless');
  t.is(rule(null), 'required');
  t.false(plan({ trust: ['::/0'] }).admission.trustUnix);
});

const WRONG: readonly [string, unknown, RegExp][] = [
  ['nothing at all', undefined, /"trust" is missing/],
  ['no trust list', {}, /"trust" is missing: it names the peers that may send a header/],
  ['an empty trust list', { trust: [] }, /"trust" is empty/],
  ['a trust list that is text', { trust: '10.0.0.0/8' }, /"trust" is an array of CIDRs, got "10.0.0.0\/8"/],
  [
    'a host name',
    { trust: ['balancer'] },
    /"trust" holds CIDRs like 10.0.0.0\/8, addresses, and unix, got "balancer"/,
  ],
  ['an invalid range', { trust: ['unix'], headerless: ['10.0.0.0/33'] }, /"headerless" holds CIDRs/],
  ['an unknown option', { trust: ['unix'], trusted: true }, /there is no option "trusted"/],
  [
    'a header rule that does not exist',
    { trust: ['unix'], proxyHeader: 'maybe' },
    /"proxyHeader" is required or optional, got "maybe"/,
  ],
  [
    'accepting none',
    { trust: ['unix'], acceptProxy: 'none' },
    /"acceptProxy" is any or v1 or v2, got "none"/,
  ],
  [
    'a timeout under 3 s',
    { trust: ['unix'], headerTimeoutMs: 2999 },
    /"headerTimeoutMs" is a whole number from 3000/,
  ],
  [
    'a timeout that is not a number',
    { trust: ['unix'], headerTimeoutMs: '5s' },
    /"headerTimeoutMs" .* got "5s"/,
  ],
  ['an endless timeout', { trust: ['unix'], headerTimeoutMs: Number.POSITIVE_INFINITY }, /"headerTimeoutMs"/],
  [
    'a limit below the shortest header',
    { trust: ['unix'], maxHeaderBytes: 51 },
    /"maxHeaderBytes" is a whole number from 52 to 65551/,
  ],
  [
    'no place for waiting sockets',
    { trust: ['unix'], maxPending: 0 },
    /"maxPending" is a whole number from 1/,
  ],
  [
    'a value that has no text',
    { trust: [Object.create(null), Symbol('x'), 1n] },
    /got an object; .*got Symbol\(x\); .*got 1$/,
  ],
  ['a callback that is not a function', { trust: ['unix'], onRefused: 'log' }, /"onRefused" is a function/],
];

for (const [what, options, message] of WRONG) {
  test(`${what} is a TypeError that says so`, (t) => {
    const server = createServer();
    const before = server.emit;
    t.throws(() => acceptProxyProtocol(server, options as AcceptOptions), { instanceOf: TypeError, message });
    t.is(server.emit, before);
  });
}

test('every mistake is named at once', (t) => {
  const error = t.throws(() => plan({ proxyHeader: 'no', acceptProxy: 'v3', maxPending: -1 }), {
    instanceOf: TypeError,
  });
  for (const name of ['trust', 'proxyHeader', 'acceptProxy', 'maxPending'])
    t.true(error?.message.includes(`"${name}"`));
});

test('anything but a server is a TypeError', (t) => {
  const handler = (() => {}) as never;
  t.throws(() => acceptProxyProtocol(handler, { trust: ['unix'] }), {
    instanceOf: TypeError,
    message: /a server of/,
  });
});
