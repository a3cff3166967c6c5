import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { CERTIFICATE } from '../helpers/certificate.ts';
import { CURL, CURL_CLIENTIP, runCurl } from '../helpers/peer-curl.ts';
import { HAPROXY, startHaproxy } from '../helpers/peer-haproxy.ts';
import { CLIENT_IP, IPV6, type Need, testWith } from '../helpers/peer-installed.ts';
import { NGINX_STREAM, startNginx } from '../helpers/peer-nginx.ts';
import { type Owner, shared } from '../helpers/peer-owner.ts';
import { NO_OPS, Program } from '../helpers/program.ts';
import { startPlainServer } from './plain-server.ts';
import { addressText, type IpFamily, LOOPBACK, type Visit, visit, visitTls } from './visit.ts';

const FAMILIES: readonly IpFamily[] = IPV6.missing === null ? [4, 6] : [4];
const TRUST = '--trust 127.0.0.0/8,::1 --log-tlvs AUTHORITY,SSL --access-log all';

/** A sidecar before an application that knows no PROXY protocol. */
const toPlain = shared(async (owner) => {
  const endpoint = await startPlainServer(owner);
  const sidecar = await Program.start(
    owner,
    `sidecar --listen :0 --to 127.0.0.1:${endpoint} --present none ${TRUST} ${NO_OPS}`,
  );
  return { sidecar, endpoint: `127.0.0.1:${endpoint}` };
});

/** Where what a sidecar presents is decoded by somebody else: HAProxy, which answers what it understood. */
const decoder = shared((owner) =>
  startHaproxy(owner, {
    ports: 1,
    sections: ([port]) => `
frontend decoder
  bind 127.0.0.1:${port} accept-proxy
  http-request return status 200 content-type text/plain lf-string "%[src] %[src_port] %[dst] %[dst_port] %[fc_pp_unique_id] %[fc_pp_authority]"`,
  }),
);

/** Sidecars that present the client on, in the form that they are named for. */
const toDecoder = {
  v1: shared((owner) => startPresenting('v1', owner)),
  v2: shared((owner) => startPresenting('v2 --tlv pass', owner)),
};

async function startPresenting(form: string, owner: Owner): Promise<Program> {
  const { ports } = await decoder();
  return Program.start(
    owner,
    `sidecar --listen :0 --to 127.0.0.1:${ports[0]} --present ${form} ${TRUST} ${NO_OPS}`,
  );
}

/** A balancer's ways to the sidecars: `server` lines, each met on a port of either family. */
const WAYS = ['send-proxy', 'send-proxy-v2'] as const;

const balancer = shared(async (owner) => {
  const { sidecar } = await toPlain();
  const ports = {
    none: sidecar.port(),
    v1: (await toDecoder.v1()).port(),
    v2: (await toDecoder.v2()).port(),
  };
  const routes = (['none', 'v1', 'v2'] as const).flatMap((present) =>
    WAYS.flatMap((way) => FAMILIES.map((family) => ({ present, way, family }))),
  );
  const { ports: own } = await startHaproxy(owner, {
    ports: routes.length + 1,
    sections: async (taken, folder) => {
      const pem = join(folder, 'both.pem');
      await writeFile(pem, CERTIFICATE.key + CERTIFICATE.cert);
      const sections = routes.map(
        ({ present, way, family }, i) => `
listen route-${i}
  bind ${addressText(LOOPBACK[family], taken[i]!)}
  server sidecar ${addressText(LOOPBACK[family], ports[present])} ${way}`,
      );
      return `${sections.join('\n')}
listen tls
  bind 127.0.0.1:${taken[routes.length]} ssl crt ${pem}
  unique-id-format herald-%pid-%cp
  server sidecar 127.0.0.1:${ports.v2} send-proxy-v2 proxy-v2-options crc32c,unique-id,authority,ssl`;
    },
  });
  const port = (present: 'none' | 'v1' | 'v2', way: string, family: IpFamily) =>
    own[
      routes.findIndex((route) => route.present === present && route.way === way && route.family === family)
    ]!;
  return { port, tls: own[routes.length]! };
});

const streams = shared(async (owner) => {
  const { sidecar } = await toPlain();
  const { ports } = await startNginx(owner, {
    ports: FAMILIES.length,
    stream: (taken) =>
      FAMILIES.map(
        (family, i) => `
server {
  listen ${addressText(LOOPBACK[family], taken[i]!)};
  proxy_pass ${addressText(LOOPBACK[family], sidecar.port())};
  proxy_protocol on;
}`,
      ).join('\n'),
  });
  return (family: IpFamily) => ports[FAMILIES.indexOf(family)]!;
});

interface Sender {
  readonly name: string;
  readonly need: Need;
  readonly version: 1 | 2;
  /** No proxy, but a client that sends a header itself. */
  readonly announcesItself?: true;
  readonly visit: (t: ExecutionContext, family: IpFamily) => Promise<Visit>;
}

const SENDERS: readonly Sender[] = [
  ...WAYS.map((way, i) => ({
    name: `HAProxy's ${way}`,
    need: HAPROXY,
    version: (i + 1) as 1 | 2,
    visit: async (_: ExecutionContext, family: IpFamily) =>
      visit({ port: (await balancer()).port('none', way, family), family }),
  })),
  {
    name: "nginx's proxy_protocol",
    need: NGINX_STREAM,
    version: 1,
    visit: async (_, family) => visit({ port: (await streams())(family), family }),
  },
  {
    name: "curl's --haproxy-protocol",
    need: CURL,
    version: 1,
    announcesItself: true,
    visit: async (t, family) => {
      const { sidecar } = await toPlain();
      return curl(t, sidecar.port(), family, ['--haproxy-protocol']);
    },
  },
];

async function curl(
  t: ExecutionContext,
  port: number,
  family: IpFamily,
  flags: readonly string[],
): Promise<Visit> {
  const from = family === 4 ? CLIENT_IP : LOOPBACK[6];
  const written = await runCurl(t, [
    ...['--interface', from, '--write-out', ' %{local_ip} %{local_port}', ...flags],
    `http://${addressText(LOOPBACK[family], port)}/`,
  ]);
  const [peer = '', peerPort = '', address = '', ownPort = ''] = written.split(' ');
  return { address, port: ownPort, text: addressText(address, ownPort), answer: [peer, peerPort] };
}

for (const sender of SENDERS) {
  for (const family of [4, 6] as const) {
    testWith([sender.need, ...(family === 6 ? [IPV6] : [])])(
      `a sidecar takes ${sender.name} header off and logs the client's own address: IPv${family}`,
      async (t) => {
        const { sidecar, endpoint } = await toPlain();
        const { text, answer } = await sender.visit(t, family);
        const line = await sidecar.session(text);
        t.is(line.header, sender.version);
        t.is(line.endpoint, endpoint);
        t.is(line.level, 'info');
        if (sender.announcesItself) t.is(line.via, undefined);
        else t.regex(line.via!, family === 4 ? /^127\.0\.0\.1:\d+$/ : /^\[::1\]:\d+$/);
        // The application is asked by Herald, and by nobody else.
        t.is(answer[0], '127.0.0.1');
        t.not(answer[1], text.slice(text.lastIndexOf(':') + 1));
      },
    );
  }
}

for (const way of WAYS) {
  for (const present of ['v1', 'v2'] as const) {
    for (const family of [4, 6] as const) {
      testWith([HAPROXY, ...(family === 6 ? [IPV6] : [])])(
        `HAProxy's ${way} goes through a sidecar and on as ${present}, and HAProxy reads it again: IPv${family}`,
        async (t) => {
          const port = (await balancer()).port(present, way, family);
          const { address, port: own, text, answer } = await visit({ port, family });
          t.deepEqual(answer.slice(0, 4), [address, own, LOOPBACK[family], String(port)]);
          const line = await (await toDecoder[present]()).session(text);
          t.is(line.header, way === 'send-proxy' ? 1 : 2);
        },
      );
    }
  }
}

testWith([HAPROXY])(
  'what HAProxy tells of TLS in a sealed header is logged, and arrives where a sidecar passes it on',
  async (t) => {
    const { tls } = await balancer();
    const { address, port, text, answer } = await visitTls({ port: tls });
    const { session, tlvs, header } = await (await toDecoder.v2()).session(text);
    t.is(header, 2);
    t.regex(session ?? '', new RegExp(`^herald-\\d+-${port}$`));
    t.is(tlvs?.find(({ name }) => name === 'AUTHORITY')?.text, 'localhost');
    t.truthy(tlvs?.find(({ name }) => name === 'SSL')?.text);
    t.deepEqual(answer, [address, port, '127.0.0.1', String(tls), session!, 'localhost']);
  },
);

testWith([CURL], [CURL_CLIENTIP])(
  'curl plays a client by --haproxy-clientip, and the sidecar logs it',
  async (t) => {
    const { sidecar } = await toPlain();
    const flags = ['--haproxy-clientip', '203.0.113.7'];
    const { port, text } = await curl(t, sidecar.port(), 4, flags);
    const line = await sidecar.logged(({ via }) => via === text);
    t.is(line.client, `203.0.113.7:${port}`);
  },
);

testWith([CURL])(
  'a client without a header is refused by a sidecar, as curl sees and the log says',
  async (t) => {
    const { sidecar } = await toPlain();
    await t.throwsAsync(curl(t, sidecar.port(), 4, []), { message: /curl ended with (52|56)/ });
    const line = await sidecar.logged(({ reason }) => reason === 'header_absent');
    t.is(line.level, 'warn');
  },
);
