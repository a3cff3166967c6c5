import { once } from 'node:events';
import { createServer } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { acceptProxyProtocol } from '../../src/accept/accept-proxy-protocol.ts';
import { warnOnce } from '../../src/accept/refusal.ts';
import { Connection } from '../helpers/connection.ts';
import { listening } from './listening.ts';

interface HeraldWarning extends Error {
  readonly code: string;
}

/** The warnings of this library during the test. */
function warnings(t: ExecutionContext): HeraldWarning[] {
  const all: HeraldWarning[] = [];
  const listener = (warning: Error) => {
    if (warning.name === 'HeraldWarning') all.push(warning as HeraldWarning);
  };
  process.on('warning', listener);
  t.teardown(() => process.off('warning', listener));
  return all;
}

async function refusedBy(t: ExecutionContext, port: number, bytes: string): Promise<void> {
  const connection = await Connection.to({ host: '127.0.0.1', port });
  t.teardown(() => connection.destroy());
  connection.write(bytes);
  await connection.closed;
}

test.serial(
  'the first refusal of a server is a warning that says what to do, and the only one',
  async (t) => {
    const seen = warnings(t);
    const server = createServer(() => t.fail());
    acceptProxyProtocol(server, { trust: ['192.0.2.0/24'] });
    const port = await listening(t, server);
    const warned = once(process, 'warning');
    await refusedBy(t, port, 'x');
    await warned;
    await refusedBy(t, port, 'x');
    await new Promise(setImmediate);
    t.is(seen.length, 1);
    t.is(seen[0]!.code, 'HERALD_REFUSED');
    t.regex(
      seen[0]!.message,
      /^acceptProxyProtocol refused 127\.0\.0\.1:\d+ \(untrusted\): it is not in "trust"; to accept its headers, add "127\.0\.0\.1"\. Later refusals of this server are not reported; set onRefused to receive each of them$/,
    );
  },
);

test.serial('another server warns for itself, with the first bytes that came, escaped', async (t) => {
  const seen = warnings(t);
  const server = createServer(() => t.fail());
  acceptProxyProtocol(server, { trust: ['127.0.0.1'] });
  const port = await listening(t, server);
  const warned = once(process, 'warning');
  await refusedBy(t, port, 'GET /\u001b[2J HTTP/1.1\r\n\r\n');
  await warned;
  t.is(seen.length, 1);
  t.regex(seen[0]!.message, / \(header_absent\): a trusted peer must send a header unless /);
  t.true(seen[0]!.message.includes('Its first bytes: "GET /\\x1b[2J HTTP/1.1\\x0d\\x0a\\x0d\\x0a".'));
});

test.serial('nobody is warned where onRefused is set', async (t) => {
  const seen = warnings(t);
  const server = createServer(() => t.fail());
  let refused = 0;
  acceptProxyProtocol(server, {
    trust: ['192.0.2.0/24'],
    onRefused: () => {
      refused++;
    },
  });
  const port = await listening(t, server);
  await refusedBy(t, port, 'x');
  await new Promise(setImmediate);
  t.is(refused, 1);
  t.deepEqual(seen, []);
});

const PEER = { address: '2001:db8::1', port: 9, family: 'IPv6' } as const;

for (const [reason, code, peer, message] of [
  [
    'untrusted',
    null,
    PEER,
    /refused \[2001:db8::1\]:9 \(untrusted\): it is not in "trust"; to accept its headers, add "2001:db8::1"\./,
  ],
  ['untrusted', null, null, /refused a peer of the unix socket \(untrusted\): .* add "unix"\./],
  [
    'header_invalid',
    'v2_crc32c',
    PEER,
    /\(header_invalid, v2_crc32c\): the header violates the specification\./,
  ],
  ['header_timeout', null, PEER, /\(header_timeout\): no complete header arrived within headerTimeoutMs/],
  ['header_not_expected', 'v1_not_expected', PEER, /has a version that "acceptProxy" excludes/],
  ['header_too_large', 'v2_too_large', PEER, /longer than maxHeaderBytes/],
  ['over_limit', null, PEER, /maxPending connections are already waiting/],
] as const) {
  test.serial(`${reason} of ${peer?.address ?? 'a unix socket'} is explained by the options`, async (t) => {
    const seen = warnings(t);
    const warned = once(process, 'warning');
    warnOnce()({ peer, reason, code, firstBytes: new Uint8Array(0) });
    await warned;
    t.regex(seen[0]!.message, message);
  });
}
