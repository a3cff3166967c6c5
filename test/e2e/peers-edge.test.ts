import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { formatHeader } from '../../src/wire/format-header.ts';
import { CERTIFICATE } from '../helpers/certificate.ts';
import { Connection } from '../helpers/connection.ts';
import { APACHE, startApache } from '../helpers/peer-apache.ts';
import { HAPROXY, startHaproxy } from '../helpers/peer-haproxy.ts';
import { IPV6, type Need, testWith } from '../helpers/peer-installed.ts';
import { NGINX, startNginx } from '../helpers/peer-nginx.ts';
import { shared } from '../helpers/peer-owner.ts';
import { folderFor, type Peer } from '../helpers/peer-start.ts';
import { NO_OPS, Program } from '../helpers/program.ts';
import { addressText, ask, connectTo, type IpFamily, LOOPBACK, REQUEST, visit, visitTls } from './visit.ts';

// Each peer has a port of 127.0.0.1 and one of ::1, where the machine has that.
const FAMILIES: readonly IpFamily[] = IPV6.missing === null ? [4, 6] : [4];

const haproxy = shared((owner) =>
  startHaproxy(owner, {
    ports: 2,
    sections: (ports) => `
frontend behind-herald
${listens(ports, 'bind', ' accept-proxy')}
  http-request return status 200 content-type text/plain lf-string "%[src] %[src_port] %[dst] %[dst_port] %[fc_pp_unique_id] %[fc_pp_authority]"`,
  }),
);

const nginx = shared((owner) =>
  startNginx(owner, {
    ports: 3,
    http: async ([plain, six, tls], folder) => {
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
      await Promise.all([writeFile(key, CERTIFICATE.key), writeFile(cert, CERTIFICATE.cert)]);
      // $remote_addr and $remote_port are as real_ip makes them of the header.
      const answer = `
  set_real_ip_from 127.0.0.0/8;
  set_real_ip_from ::1;
  real_ip_header proxy_protocol;
  location / { return 200 "$remote_addr $remote_port $proxy_protocol_server_addr $proxy_protocol_server_port $proxy_protocol_addr $proxy_protocol_port"; }`;
      return `
server {
${listens([plain!, six!], 'listen', ' proxy_protocol;')}
${answer}
}
server {
  listen 127.0.0.1:${tls} ssl proxy_protocol;
  ssl_certificate ${cert};
  ssl_certificate_key ${key};
${answer}
}`;
    },
  }),
);

const apache = shared((owner) =>
  startApache(owner, {
    ports: 2,
    // There is nothing to be found, which the client is told in words that name it. (REMOTE_PORT is the
    // client's own in a rule; in the text of an ErrorDocument it is always the connection's.)
    config: (ports) => `
${listens(ports, 'Listen', '')}
RemoteIPProxyProtocol On
RewriteEngine On
RewriteRule ^ - [E=PORT:%{REMOTE_PORT}]
ErrorDocument 404 "%{REMOTE_ADDR} %{reqenv:PORT}"`,
  }),
);

function listens(ports: readonly number[], word: string, rest: string): string {
  return FAMILIES.map((family, i) => `  ${word} ${addressText(LOOPBACK[family], ports[i]!)}${rest}`).join(
    '\n',
  );
}

interface Server {
  readonly name: string;
  readonly need: Need;
  readonly start: () => Promise<Peer>;
  /** Whether it tells the address too that the client connected to. */
  readonly knowsDestination: boolean;
}

const SERVERS: readonly Server[] = [
  { name: 'HAProxy', need: HAPROXY, start: haproxy, knowsDestination: true },
  { name: 'nginx', need: NGINX, start: nginx, knowsDestination: true },
  { name: 'Apache', need: APACHE, start: apache, knowsDestination: false },
];

/** An edge before one of the ports of a peer. */
async function edgeBefore(
  t: ExecutionContext,
  { ports }: Peer,
  flags: string,
  family: IpFamily = 4,
  listen = `${addressText(LOOPBACK[family], 0)}`,
): Promise<Program> {
  const to = addressText(LOOPBACK[family], ports[family === 4 ? 0 : 1]!);
  return Program.start(t, `edge --listen ${listen} --to ${to} --access-log all ${flags} ${NO_OPS}`);
}

const VERSIONS = ['v1', 'v2'] as const;
const listenerOf = (server: string, version: string, family: IpFamily) =>
  `${server}-${version}-${family}`.toLowerCase();

/** One edge before all of them, with a listener for each version and family. */
const edgeBeforeAll = shared(async (owner) => {
  const installed = SERVERS.filter(({ need }) => need.missing === null);
  const listeners = await Promise.all(
    installed.map(async ({ name, start }) => {
      const { ports } = await start();
      return VERSIONS.flatMap((present) =>
        FAMILIES.map((family, at) => ({
          name: listenerOf(name, present, family),
          listen: addressText(LOOPBACK[family], 0),
          to: addressText(LOOPBACK[family], ports[at]!),
          present,
        })),
      );
    }),
  );
  const config = {
    version: 1,
    accessLog: 'all',
    metrics: 'none',
    admin: 'none',
    listeners: listeners.flat(),
  };
  const file = join(await folderFor(owner), 'herald.yaml');
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config));
  return Program.start(owner, `run --config ${file}`, { listeners: config.listeners.length });
});

for (const { name, need, knowsDestination } of SERVERS) {
  for (const version of VERSIONS) {
    for (const family of [4, 6] as const) {
      testWith([need, ...(family === 6 ? [IPV6] : [])])(
        `${name} behind an edge sees the client's own address: ${version}, IPv${family}`,
        async (t) => {
          const edge = await edgeBeforeAll();
          const listener = listenerOf(name, version, family);
          const edgePort = edge.port(listener);
          const { address, port, text, answer } = await visit({ port: edgePort, family });
          const destination = knowsDestination ? [LOOPBACK[family], String(edgePort)] : [];
          t.deepEqual(answer.slice(0, 2 + destination.length), [address, port, ...destination]);
          const ended = await edge.logged(
            (line) => line.reason !== undefined && line.client === text && line.listener === listener,
          );
          t.is(ended.header, 0);
        },
      );
    }
  }
}

for (const version of VERSIONS) {
  testWith([HAPROXY, IPV6])(
    `an endpoint on IPv4 sees clients of both families through one listener: ${version}`,
    async (t) => {
      const edge = await edgeBefore(t, await haproxy(), `--present ${version}`, 4, ':0');
      for (const family of [4, 6] as const) {
        const { address, port, answer } = await visit({ port: edge.port(), family });
        t.deepEqual(answer.slice(0, 4), [address, port, LOOPBACK[family], String(edge.port())]);
      }
    },
  );
}

testWith([HAPROXY])(
  'HAProxy believes the checksum, and reads the unique id and a TLV that the edge adds',
  async (t) => {
    const flags = '--crc32c --unique-id --tlv AUTHORITY=text:shop.example';
    const edge = await edgeBefore(t, await haproxy(), flags);
    const { address, port, text, answer } = await visit({ port: edge.port() });
    const { session } = await edge.session(text);
    t.truthy(session);
    t.deepEqual(answer, [address, port, '127.0.0.1', String(edge.port()), session!, 'shop.example']);
  },
);

testWith([HAPROXY])('HAProxy would have refused a checksum that is wrong', async (t) => {
  const { ports } = await haproxy();
  const source = { address: '192.0.2.1', port: 1234 };
  const destination = { address: '198.51.100.9', port: 443 };
  const header = formatHeader({ version: 2, source, destination, crc32c: true });
  for (const flipped of [0, 1]) {
    const connection = await connectTo({ port: ports[0]! });
    t.teardown(() => connection.destroy());
    header[header.length - 1]! ^= flipped;
    connection.write(header);
    connection.write(REQUEST);
    await connection.ending;
    t.is(connection.received.includes('192.0.2.1 1234'), flipped === 0);
  }
});

testWith([NGINX])('TLS goes through an edge untouched, and nginx sees who came', async (t) => {
  const { ports, ...rest } = await nginx();
  const edge = await edgeBefore(t, { ...rest, ports: [ports[2]!] }, '--present v2');
  const { address, port, answer } = await visitTls({ port: edge.port() });
  t.deepEqual(answer.slice(0, 2), [address, port]);
});

testWith([NGINX])(
  'clients that come through one edge at once are all seen under their own addresses',
  async (t) => {
    const edge = await edgeBefore(t, await nginx(), '--present v2');
    const visits = await Promise.all(Array.from({ length: 50 }, () => visit({ port: edge.port() })));
    t.is(new Set(visits.map(({ port }) => port)).size, 50);
    for (const { address, port, answer } of visits) t.deepEqual(answer.slice(0, 2), [address, port]);
    t.deepEqual(edge.complaints, []);
  },
);

for (const [name, need, peer, presents] of [
  // HAProxy 2.6 takes a header of version 2 that says UNSPEC for a broken one.
  ['HAProxy', HAPROXY, haproxy, ['v1']],
  ['nginx', NGINX, nginx, ['v1', 'v2']],
] as const) {
  testWith([need])(
    `a client of a unix socket has no address, and ${name} takes the edge's for it`,
    async (t) => {
      const path = join(await folderFor(t), 'edge');
      const [port] = (await peer()).ports;
      for (const present of presents) {
        const edge = await Program.start(
          t,
          `edge --listen unix:${path} --to 127.0.0.1:${port} --present ${present} ${NO_OPS}`,
        );
        const { answer } = await ask(await Connection.to({ path }));
        t.is(answer[0], '127.0.0.1', present);
        await edge.stop();
      }
    },
  );
}

test('the edge warns where a header may be longer than older receivers read', async (t) => {
  const edge = await Program.start(
    t,
    `edge --listen 127.0.0.1:0 --to 127.0.0.1:9 --unique-id --crc32c --tlv AUTHORITY=text:shop.example ${NO_OPS}`,
  );
  t.is(edge.complaints.length, 1);
  t.regex(edge.complaints[0]!.msg, /nginx before 1\.23\.2/);
});
