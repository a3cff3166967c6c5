import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { parseIp } from '../../../src/address/ip.ts';
import { listenOptions, openServers } from '../../../src/engine/main-thread/open-server.ts';
import { listenerPlan } from '../../helpers/engine-harness.ts';
import { fromLinux, onLinux } from '../../linux/on-linux.ts';

const linux = await fromLinux(() => import('../../../src/linux/socket.ts'));
const listening = await fromLinux(() => import('../../../src/listening/listening-sockets.ts'));

test('an address of each kind is what Node takes for it', (t) => {
  const of = (ip: string | null) =>
    listenOptions({ kind: 'tcp', ip: ip === null ? null : parseIp(ip)!, port: 8 });
  t.deepEqual(of('127.0.0.1'), { host: '127.0.0.1', port: 8, ipv6Only: false });
  t.deepEqual(of('::1'), { host: '::1', port: 8, ipv6Only: true });
  t.deepEqual(of(null), { port: 8 });
  t.deepEqual(listenOptions({ kind: 'unix', path: '/run/s' }), { path: '/run/s' });
});

for (const isRaw of [false, true]) {
  const whose = isRaw ? 'the process' : 'Node';
  onLinux(`the queue of a socket that ${whose} has bound has room for a crowd`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'herald-'));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'web.sock');
    const server = createServer((socket) => socket.destroy());
    t.teardown(() => server.close());
    const raw = isRaw ? new listening.ListeningSockets() : undefined;
    await openServers(server, listenerPlan({ listen: { kind: 'unix', path } }), raw, createServer);
    // A full queue of a unix socket is an error at once, and this thread accepts nobody meanwhile.
    const clients = Array.from({ length: 600 }, () => linux.unixSocket());
    const results = clients.map((fd) => linux.connectUnix(fd, path));
    for (const fd of clients) linux.close(fd);
    t.deepEqual([...new Set(results)], [0]);
  });
}
