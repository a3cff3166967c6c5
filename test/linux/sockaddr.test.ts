import { once } from 'node:events';
import { type AddressInfo, createServer, connect as netConnect, type Socket } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import { formatIp, parseIp } from '../../src/address/ip.ts';
import type { Memory } from '../../src/linux/memory.ts';
import { AF, putInet, putUnix, SOCKADDR_BYTES, takeInet } from '../../src/linux/sockaddr.ts';
import { IPV6 } from '../helpers/peer-installed.ts';
import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';
import { Sockets } from './sockets.ts';

const { bindTcp, connectTcp, listenOn, localAddress, peer, setOnlyV6, tcpSocket } = await fromLinux(
  () => import('../../src/linux/socket.ts'),
);

leavesNothingOpen();

/** Memory that nobody gives to a kernel, full of what was there before. */
function dirty(): Memory {
  const buffer = new ArrayBuffer(SOCKADDR_BYTES);
  const bytes = new Uint8Array(buffer).fill(0xee);
  return { bytes, view: new DataView(buffer), address: 0 };
}

const written = (memory: Memory, length: number) =>
  Buffer.from(memory.bytes.subarray(0, length)).toString('hex');
const ip = (text: string) => parseIp(text)!;

test('an IPv4 address is family, port in network order, address, and nothing', (t) => {
  const memory = dirty();
  const length = putInet(memory, ip('192.0.2.1'), 443);
  t.is(length, 16);
  t.is(written(memory, length), '020001bbc00002010000000000000000');
});

test('an IPv6 address is family, port, no flow, address, no scope', (t) => {
  const memory = dirty();
  const length = putInet(memory, ip('2001:db8::fe'), 0x1234);
  t.is(length, 28);
  t.is(written(memory, length), '0a00123400000000' + '20010db80000000000000000000000fe' + '00000000');
});

const PORTS = [0, 1, 255, 256, 257, 443, 32_767, 32_768, 65_280, 65_535];

test('ports at every edge come back as they were', (t) => {
  t.true(PORTS.length > 0);
  for (const address of ['127.0.0.1', '::1']) {
    for (const port of PORTS) {
      const memory = dirty();
      putInet(memory, ip(address), port);
      t.is(memory.bytes[2]! * 256 + memory.bytes[3]!, port);
      t.is(takeInet(memory)!.port, port);
    }
  }
});

test('what was written is what is read, whatever the address; one that is v4-mapped is IPv4', (t) => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  const mapped = bytes(4).map((v4) => Uint8Array.of(...new Array(10).fill(0), 0xff, 0xff, ...v4));
  fc.assert(
    fc.property(fc.oneof(bytes(4), bytes(16), mapped), fc.nat(65_535), (address, port) => {
      const memory = dirty();
      putInet(memory, address, port);
      const isMapped =
        address.length === 16 &&
        Buffer.from(address)
          .toString('hex')
          .startsWith(`${'0'.repeat(20)}ffff`);
      const { ip: taken, port: takenPort } = takeInet(memory)!;
      t.deepEqual([taken, takenPort], [isMapped ? address.slice(12) : address, port]);
    }),
  );
});

test('an address that differs from v4-mapped in one bit stays IPv6', (t) => {
  const prefix = ip('::ffff:192.0.2.1');
  for (let bit = 0; bit < 96; bit++) {
    const other = prefix.slice();
    other[bit >> 3]! ^= 1 << (bit & 7);
    const memory = dirty();
    putInet(memory, other, 1);
    t.deepEqual(takeInet(memory)!.ip, other, `bit ${bit}`);
  }
});

test('an address that was read stays what it is when the memory is used again', (t) => {
  for (const text of ['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1']) {
    const memory = dirty();
    putInet(memory, ip(text), 1);
    const taken = takeInet(memory)!;
    memory.bytes.fill(0);
    t.deepEqual(taken.ip, ip(text).length === 16 && text.includes('.') ? ip('192.0.2.1') : ip(text));
  }
});

test('a unix path is its bytes with a NUL behind them', (t) => {
  const memory = dirty();
  const length = putUnix(memory, '/run/ä');
  t.is(written(memory, length), `0100${Buffer.from('/run/ä').toString('hex')}00`);
  t.is(length, 2 + 7 + 1);
});

test('the longest path of 107 bytes fits, also in two-byte characters', (t) => {
  for (const path of ['p'.repeat(107), `${'ä'.repeat(53)}p`]) {
    const memory = dirty();
    t.is(putUnix(memory, path), SOCKADDR_BYTES);
    t.is(written(memory, SOCKADDR_BYTES), `0100${Buffer.from(path).toString('hex')}00`);
  }
});

test('a unix socket, and a family that nobody expected, have no address', (t) => {
  for (const family of [0, AF.UNIX, 17, 0x0200]) {
    const memory = dirty();
    memory.view.setUint16(0, family, true);
    t.is(takeInet(memory), null);
  }
});

// ── against the kernel, and what Node makes of the same socket ──

/** How Node names both ends of a client's socket. */
const nodeView = ({ localAddress: address, localPort, remoteAddress, remotePort }: Socket) => ({
  peer: `${address}|${localPort}`,
  local: `${remoteAddress}|${remotePort}`,
});

const text = (address: { ip: Uint8Array; port: number } | null) =>
  `${formatIp(address!.ip)}|${address!.port}`;

onLinux('both ends of a connection are the addresses that Node sees, anywhere in 127.0.0.0/8', async (t) => {
  const sockets = new Sockets(t);
  const listener = sockets.keep(tcpSocket(new Uint8Array(4)));
  t.is(bindTcp(listener, new Uint8Array(4), 0), 0);
  t.is(listenOn(listener, 8), 0);
  const { port } = localAddress(listener)!;
  const host = fc
    .tuple(fc.nat(255), fc.nat(255), fc.integer({ min: 1, max: 254 }))
    .map((rest) => `127.${rest.join('.')}`);
  let connections = 0;
  await fc.assert(
    fc.asyncProperty(host, host, async (from, to) => {
      const client = netConnect({ host: to, port, localAddress: from });
      await once(client, 'connect');
      const served = sockets.accept(listener);
      t.deepEqual({ peer: text(peer()), local: text(localAddress(served)) }, nodeView(client));
      client.destroy();
      await once(client, 'close');
      sockets.close(served);
      connections++;
    }),
    { numRuns: 40 },
  );
  t.true(connections >= 40);
});

onLinux(
  'on a listener of both families an IPv4 client is one of IPv4, an IPv6 client one of IPv6',
  async (t) => {
    const sockets = new Sockets(t);
    const listener = sockets.keep(tcpSocket(new Uint8Array(16)));
    t.is(setOnlyV6(listener, false), 0);
    t.is(bindTcp(listener, new Uint8Array(16), 0), 0);
    t.is(listenOn(listener, 8), 0);
    const { port } = localAddress(listener)!;
    for (const host of ['127.0.0.1', '::1']) {
      const client = netConnect({ host, port });
      await once(client, 'connect');
      const served = sockets.accept(listener);
      t.is(peer()!.ip.length, host === '::1' ? 16 : 4);
      t.deepEqual({ peer: text(peer()), local: text(localAddress(served)) }, nodeView(client));
      client.destroy();
      await once(client, 'close');
    }
  },
  IPV6,
);

onLinux('Node sees a socket where it was bound, and come from where it dialed from', async (t) => {
  const sockets = new Sockets(t);
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  for (const from of ['127.0.0.1', '127.255.3.254']) {
    const fd = sockets.keep(tcpSocket(ip(from)));
    t.is(bindTcp(fd, ip(from), 0), 0);
    connectTcp(fd, ip('127.0.0.1'), port);
    const [served] = (await once(server, 'connection')) as [Socket];
    t.is(served.remoteAddress, from);
    t.is(`${served.remoteAddress}|${served.remotePort}`, text(localAddress(fd)));
    served.destroy();
    await once(served, 'close');
  }
  server.close();
  await once(server, 'close');
});

test('a name that begins with a NUL is of the abstract namespace, and ends with the length of the address', (t) => {
  const memory = dirty();
  const length = putUnix(memory, '\0herald');
  t.is(written(memory, length), `010000${Buffer.from('herald').toString('hex')}`);
});
