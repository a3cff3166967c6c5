import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { Connection } from '../helpers/connection.ts';
import { IPROUTE, NAMESPACES, Namespace } from '../helpers/namespace.ts';
import { testWith } from '../helpers/peer-installed.ts';
import { folderFor } from '../helpers/peer-start.ts';
import { Program } from '../helpers/program.ts';

const inNamespace = testWith([IPROUTE], [NAMESPACES]);

/** With so few ports to dial from, every tenth dial or so meets itself. */
const RANGE = '40000 40015';
const PORT = 40_006;
const CLIENTS = 200;

async function start(t: ExecutionContext, flags: string) {
  const namespace = await Namespace.create(t);
  await namespace.run(t, 'sh', ['-c', `echo "${RANGE}" > /proc/sys/net/ipv4/ip_local_port_range`]);
  // Clients come by a path, and so need no port.
  const listen = join(await folderFor(t), 'herald');
  const { prefix } = namespace;
  const herald = await Program.start(
    t,
    `edge --listen unix:${listen} --threads 1 --eject-after 0 --access-log all --metrics none --admin none ${flags}`,
    { prefix },
  );
  const connect = async () => {
    const client = await Connection.to({ path: listen });
    t.teardown(() => client.destroy());
    return client;
  };
  return { herald, connect, prefix };
}

const CASES = [
  ['', '127.0.0.1'],
  ['', '[::1]'],
  ['', '0.0.0.0'],
  ['', '[::]'],
  ['--dial-from 127.0.0.7', '127.0.0.7'],
] as const;

for (const engine of ['epoll', 'net']) {
  for (const [flags, ip] of CASES) {
    inNamespace(
      `${engine}: a port of ${ip} that nobody listens on refuses every client, although ${flags || 'a dial'} may come from it`,
      async (t) => {
        const { herald, connect, prefix } = await start(
          t,
          `--engine ${engine} --to ${ip}:${PORT} ${flags} --present v1`,
        );
        for (let count = 0; count < CLIENTS; count++) {
          const client = await connect();
          client.write('hello');
          await client.ending;
          t.is(client.received.length, 0);
        }
        const reasons = herald.log.flatMap(({ reason }) => reason ?? []);
        t.true(reasons.length > 10);
        t.deepEqual([...new Set(reasons)], ['connect_refused']);

        // Its port is the application's, at once.
        await Program.start(t, `echo --listen ${ip}:${PORT} --raw`, { prefix });
        const client = await connect();
        t.regex(await client.readText(10), /^\{"client":/);
      },
    );
  }
}
