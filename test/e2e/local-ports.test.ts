import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { Connection } from '../helpers/connection.ts';
import { IPROUTE, NAMESPACES, Namespace } from '../helpers/namespace.ts';
import { testWith } from '../helpers/peer-installed.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { Program } from '../helpers/program.ts';

const inNamespace = testWith([IPROUTE], [NAMESPACES]);

const FIRST_PORT = 40_000;
const PORTS = 20;
/** Its port is beyond the range, and so nobody's local one. */
const ENDPOINT = '127.0.0.1:9000';
const TOO_MANY = 6;

/** A network with few local ports, an endpoint in it, and Herald. Clients come by a path, and so need no port. */
async function start(t: ExecutionContext, flags: string) {
  const namespace = await Namespace.create(t);
  const range = `${FIRST_PORT} ${FIRST_PORT + PORTS - 1}`;
  await namespace.run(t, 'sh', ['-c', `echo "${range}" > /proc/sys/net/ipv4/ip_local_port_range`]);
  const { prefix } = namespace;
  await Program.start(t, `echo --listen ${ENDPOINT} --raw`, { prefix });
  const folder = await folderFor(t);
  const [listen, admin] = [join(folder, 'herald'), join(folder, 'admin')];
  const herald = await Program.start(
    t,
    `edge --listen unix:${listen} --to ${ENDPOINT} --threads 1 --eject-after 1 --access-log all --metrics none --admin unix:${admin} ${flags}`,
    { prefix },
  );
  return {
    herald,
    connect: async () => {
      const client = await Connection.to({ path: listen });
      t.teardown(() => client.destroy());
      return client;
    },
    endpoint: async () => {
      const { stdout } = await Program.run(t, `endpoints --admin unix:${admin} --json`);
      return JSON.parse(stdout).pools[0].endpoints[0];
    },
  };
}

/** From where the endpoint is dialed for a client; null where that is turned away. */
async function dialedFrom(client: Connection): Promise<string | null> {
  let line = '';
  try {
    while (!line.endsWith('\n')) line += await client.readText(1);
  } catch {
    return null;
  }
  const { peer } = JSON.parse(line);
  return `${peer.address}:${peer.port}`;
}

const CASES = [
  { flags: '', addresses: ['127.0.0.1'] },
  { flags: '--dial-from 127.0.0.7,127.0.0.8', addresses: ['127.0.0.7', '127.0.0.8'] },
];

for (const engine of ['epoll', 'net']) {
  for (const { flags, addresses } of CASES) {
    const room = PORTS * addresses.length;
    inNamespace(
      `${engine}: from ${addresses.join(' and ')} with ${PORTS} local ports ${room} sessions reach an endpoint, and one more ends by local_ports, for which the endpoint is not blamed`,
      async (t) => {
        const { herald, connect, endpoint } = await start(t, `--engine ${engine} ${flags}`);
        const clients: Connection[] = [];
        const seen = new Set<string>();
        for (let count = 0; count < room; count++) {
          const client = await connect();
          clients.push(client);
          seen.add((await dialedFrom(client))!);
        }
        const all = addresses.flatMap((ip) =>
          Array.from({ length: PORTS }, (_, port) => `${ip}:${FIRST_PORT + port}`),
        );
        t.deepEqual([...seen].sort(), all.sort());
        for (let count = 0; count < TOO_MANY; count++) t.is(await dialedFrom(await connect()), null);
        const ended = ({ reason }: { readonly reason?: string }) => reason !== undefined;
        t.like(await herald.logged(ended, TOO_MANY), {
          reason: 'local_ports',
          level: 'error',
          endpoint: ENDPOINT,
        });
        t.is(herald.log.filter(({ reason }) => reason === 'local_ports').length, TOO_MANY);
        t.like(await endpoint(), { ejected: false, usable: true, sessions: room });

        // Who has a port goes on.
        clients[0]!.write('still here');
        t.is(await clients[0]!.readText(10), 'still here');
      },
    );
  }
}
