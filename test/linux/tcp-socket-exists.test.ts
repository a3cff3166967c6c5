import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { ExecutionContext } from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { unmapped } from '../../src/address/v4-mapped.ts';
import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';

const { tcpSocketExists } = await fromLinux(() => import('../../src/linux/tcp-socket-exists.ts'));

leavesNothingOpen();

/** A connection to a listener at `host`, as the one who accepted it knows it. */
async function connection(t: ExecutionContext, host: string, to = host) {
  const server = createServer();
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ host: to, port });
  const [served] = (await once(server, 'connection')) as [Socket];
  if (client.connecting) await once(client, 'connect');
  t.teardown(async () => {
    client.destroy();
    served.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const ip = (text: string | undefined) => unmapped(parseIp(text!)!);
  return {
    ends: {
      localIp: ip(served.localAddress),
      localPort: port,
      peerIp: ip(served.remoteAddress),
      peerPort: served.remotePort!,
    },
  };
}

for (const [title, host, to] of [
  ['over IPv4', '127.0.0.1', '127.0.0.1'],
  ['over IPv6', '::1', '::1'],
  ['over IPv4 to a listener of both families', '::', '127.0.0.1'],
] as const) {
  onLinux(`a connection ${title} is found by its ends`, async (t) => {
    const { ends } = await connection(t, host, to);
    t.true(tcpSocketExists(ends));
  });

  onLinux(
    `a connection ${title} that nobody made is not there, although its port is listened on`,
    async (t) => {
      const { ends } = await connection(t, host, to);
      t.false(tcpSocketExists({ ...ends, peerPort: 1 }));
      t.false(tcpSocketExists({ ...ends, localPort: 1 }));
    },
  );
}

onLinux('an address of the other family is no end of it', async (t) => {
  const { ends } = await connection(t, '127.0.0.1');
  t.false(tcpSocketExists({ ...ends, peerIp: parseIp('::1')! }));
});
