import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { Connection } from '../helpers/connection.ts';
import { APACHE, startApache } from '../helpers/peer-apache.ts';
import { CURL, runCurl } from '../helpers/peer-curl.ts';
import { HAPROXY, startHaproxy } from '../helpers/peer-haproxy.ts';
import { CLIENT_IP, type Need, testWith } from '../helpers/peer-installed.ts';
import { NGINX, startNginx } from '../helpers/peer-nginx.ts';
import { type Owner, shared } from '../helpers/peer-owner.ts';
import { retry } from '../helpers/peer-start.ts';
import { NO_OPS, Program } from '../helpers/program.ts';
import { askKept } from './visit-kept.ts';
import { startEcho } from './websocket-echo.ts';

/** Web servers that read no PROXY header: each with the lines of its own log, one a request: `CLIENT PATH`. */
interface Web {
  readonly port: number;
  readonly log: () => Promise<string[]>;
}

const webs = {
  nginx: shared(async (owner): Promise<Web> => {
    const { ports, folder } = await startNginx(owner, {
      ports: 1,
      http: ([port], own) => `
  log_format client '$remote_addr $uri';
  server {
    listen 127.0.0.1:${port};
    access_log ${join(own, 'access.log')} client;
    set_real_ip_from 127.0.0.1;
    real_ip_header X-Forwarded-For;
    location / { return 200 "ok\\n"; }
  }`,
    });
    return { port: ports[0]!, log: () => linesOf(join(folder, 'access.log')) };
  }),
  apache: shared(async (owner): Promise<Web> => {
    const { ports, folder } = await startApache(owner, {
      ports: 1,
      // There is nothing to be found, which is an answer too.
      config: ([port]) => `
Listen 127.0.0.1:${port}
LogFormat "%a %U" client
CustomLog access.log client
RemoteIPHeader X-Forwarded-For
RemoteIPInternalProxy 127.0.0.1
RewriteEngine on
RewriteRule ^ - [R=404]`,
    });
    return { port: ports[0]!, log: () => linesOf(join(folder, 'access.log')) };
  }),
};

const NEEDS: { readonly [web in keyof typeof webs]: Need } = { nginx: NGINX, apache: APACHE };

async function linesOf(file: string): Promise<string[]> {
  return (await readFile(file, 'utf8')).trim().split('\n');
}

/** The line of a request, when the server has written it. */
function logged(web: Web, path: string): Promise<string> {
  return retry(async () => {
    const line = (await web.log()).find((each) => each.endsWith(` ${path}`));
    if (line === undefined) throw new Error(`${path} is not in the log`);
    return line;
  });
}

async function startSidecar(owner: Owner, endpoint: number): Promise<number> {
  const sidecar = await Program.start(
    owner,
    `sidecar --listen 127.0.0.1:0 --to 127.0.0.1:${endpoint} --trust 127.0.0.0/8 --present forwarded ${NO_OPS}`,
  );
  return sidecar.port();
}

/** `edge → sidecar → endpoint`: the edge announces by v2, the sidecar presents by fields. */
async function startChain(owner: Owner, endpoint: number): Promise<number> {
  const sidecar = await startSidecar(owner, endpoint);
  const edge = await Program.start(owner, `edge --listen 127.0.0.1:0 --to 127.0.0.1:${sidecar} ${NO_OPS}`);
  return edge.port();
}

for (const name of ['nginx', 'apache'] as const) {
  testWith([NEEDS[name]])(
    `${name} behind edge and sidecar logs the client's own address for every request of a connection`,
    async (t) => {
      const web = await webs[name]();
      const port = await startChain(t, web.port);
      const paths = ['/one', '/two', '/three'].map((path) => `${path}-${name}`);
      await askKept(port, CLIENT_IP, paths);
      for (const path of paths) t.is(await logged(web, path), `${CLIENT_IP} ${path}`);
    },
  );

  testWith([NEEDS[name]])(`${name} does not believe what a client says of itself`, async (t) => {
    const web = await webs[name]();
    const port = await startChain(t, web.port);
    await askKept(
      port,
      CLIENT_IP,
      [`/lie-${name}`],
      'X-Forwarded-For: 6.6.6.6\r\nX_Forwarded_For: 6.6.6.6\r\n',
    );
    t.is(await logged(web, `/lie-${name}`), `${CLIENT_IP} /lie-${name}`);
  });
}

testWith([NGINX, HAPROXY])(
  "HAProxy in front by send-proxy-v2: the client's address is in nginx's log",
  async (t) => {
    const web = await webs.nginx();
    const sidecar = await startSidecar(t, web.port);
    const { ports } = await startHaproxy(t, {
      ports: 1,
      sections: ([port]) => `
listen edge
  bind 127.0.0.1:${port}
  server sidecar 127.0.0.1:${sidecar} send-proxy-v2`,
    });
    await askKept(ports[0]!, CLIENT_IP, ['/by-haproxy']);
    t.is(await logged(web, '/by-haproxy'), `${CLIENT_IP} /by-haproxy`);
  },
);

testWith([NGINX])('the word of an nginx in front goes on where it is trusted', async (t) => {
  const web = await startEcho(t);
  for (const [trust, expected] of [
    ['--forwarded-trust 127.0.0.1', `${CLIENT_IP}, 127.0.0.1`],
    ['', '127.0.0.1'],
  ]) {
    const program = await Program.start(
      t,
      `edge --listen 127.0.0.1:0 --to 127.0.0.1:${web.port} --present forwarded ${trust} ${NO_OPS}`,
    );
    const { ports } = await startNginx(t, {
      ports: 1,
      http: ([port]) => `
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${program.port()};
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }`,
    });
    const [head = ''] = await askKept(ports[0]!, CLIENT_IP, ['/']);
    t.is(/\r\nX-Seen: (.*)\r\n/.exec(head)?.[1], expected);
  }
});

testWith([CURL])('curl posts and gets through forwarded, and is refused with HTTP/2', async (t) => {
  const web = await startEcho(t);
  const port = await startChain(t, web.port);
  const url = `http://127.0.0.1:${port}/curl`;
  t.is(await runCurl(t, ['--data', 'hello', url]), 'POST /curl hello');
  t.is(await runCurl(t, ['--http2', url]), 'GET /curl ');
  // curl offers h2c with the body, and again over the connection that is kept.
  t.is(await runCurl(t, ['--http2', '--data', 'hello', url, url]), 'POST /curl helloPOST /curl hello');
  await t.throwsAsync(runCurl(t, ['--http2-prior-knowledge', url]), { message: /curl ended with/ });
});

testWith([CURL, NGINX])('nginx refuses a body that is too large, and curl is told so', async (t) => {
  const { ports } = await startNginx(t, {
    ports: 1,
    http: ([port]) => `
  server {
    listen 127.0.0.1:${port};
    client_max_body_size 1k;
    location / { return 200 "ok\\n"; }
  }`,
  });
  const port = await startChain(t, ports[0]!);
  const file = join(await mkdtemp(join(tmpdir(), 'herald-')), 'body');
  t.teardown(() => rm(join(file, '..'), { recursive: true }));
  await writeFile(file, Buffer.alloc(8_000_000));
  for (const expect of ['Expect:', 'Expect: 100-continue']) {
    const asked = ['--data-binary', `@${file}`, '--header', expect, '--output', '/dev/null'];
    const url = `http://127.0.0.1:${port}/large`;
    t.is(await runCurl(t, [...asked, '--write-out', '%{http_code}', url]), '413');
  }
});

test('a WebSocket through edge and sidecar names the client, and echoes', async (t) => {
  const web = await startEcho(t);
  const port = await startChain(t, web.port);
  const client = await Connection.to({ host: '127.0.0.1', port, localAddress: CLIENT_IP });
  t.teardown(() => client.destroy());
  client.write(
    'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  let head = '';
  while (!head.endsWith('\r\n\r\n')) head += await client.readText(1);
  // RFC 6455 §1.3 has this key and this answer.
  t.regex(head, /\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/i);
  t.regex(head, new RegExp(`\r\nX-Seen: ${CLIENT_IP.replaceAll('.', '\\.')}\r\n`));
  // §5.7: "Hello" in one masked text frame, and unmasked.
  client.write(Buffer.from('818537fa213d7f9f4d5158', 'hex'));
  t.deepEqual(await client.read(7), Buffer.from('810548656c6c6f', 'hex'));
});
