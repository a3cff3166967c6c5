import type { Server, Socket } from 'node:net';
import test from 'ava';
import { peerOf } from '../../src/accept/peer-of.ts';

const TCP = { address: () => ({ address: '::', family: 'IPv6', port: 80 }) } as unknown as Server;
const UNIX = { address: () => '/run/herald' } as unknown as Server;
const CLOSED = { address: () => null } as unknown as Server;

function socket(facts: Partial<Socket>): Socket {
  return facts as Socket;
}

test('a peer is known by the address of its socket, v4-mapped as IPv4', (t) => {
  for (const remoteAddress of ['192.0.2.1', '::ffff:192.0.2.1']) {
    const peer = peerOf(TCP, socket({ remoteAddress, remotePort: 5 }));
    t.deepEqual(peer?.ip, Uint8Array.of(192, 0, 2, 1));
    t.deepEqual(peer?.address, { address: '192.0.2.1', port: 5, family: 'IPv4' });
  }
});

test('a link-local peer is known without its zone', (t) => {
  const peer = peerOf(TCP, socket({ remoteAddress: 'fe80::1%eth0', remotePort: 5 }));
  t.deepEqual(peer?.address, { address: 'fe80::1', port: 5, family: 'IPv6' });
});

test('the peer of a unix socket has no address', (t) => {
  t.deepEqual(peerOf(UNIX, socket({})), { ip: null, address: null });
  t.deepEqual(peerOf(CLOSED, socket({})), { ip: null, address: null });
});

test('a TCP peer that has gone without leaving its address does not pass for that of a unix socket', (t) => {
  t.is(peerOf(TCP, socket({})), undefined);
  t.is(peerOf(CLOSED, socket({ localAddress: '192.0.2.9' })), undefined);
  t.is(peerOf(CLOSED, socket({ destroyed: true })), undefined);
});
