import { HAPROXY, startHaproxy } from '../helpers/peer-haproxy.ts';
import { testWith } from '../helpers/peer-installed.ts';
import { NO_OPS, Program } from '../helpers/program.ts';
import { ScriptedEndpoint } from '../helpers/scripted-endpoint.ts';
import { startPlainServer } from './plain-server.ts';

/** HAProxy's checks of one server each, often; `succeeded` of its log names the backend. */
function checks(port: number, backends: { readonly [name: string]: readonly string[] }): string {
  const sections = Object.entries(backends).map(
    ([name, [server, ...lines]]) => `
backend ${name}
${lines.map((line) => `  ${line}`).join('\n')}
  server sidecar 127.0.0.1:${port} check ${server}`,
  );
  return `
defaults checked from common
  log global
  option log-health-checks
  timeout check 10s
  default-server inter 50ms
${sections.join('\n')}`;
}

testWith([HAPROXY])(
  "HAProxy's health checks through a sidecar succeed, and none is an error in its log",
  async (t) => {
    const endpoint = await startPlainServer(t);
    const sidecar = await Program.start(
      t,
      `sidecar --listen 127.0.0.1:0 --to 127.0.0.1:${endpoint} --trust 127.0.0.0/8 --present none --access-log all ${NO_OPS}`,
    );
    const { process: haproxy } = await startHaproxy(t, {
      ports: 0,
      sections: () =>
        checks(sidecar.port(), {
          'connect-only': [''],
          'connect-v1': ['send-proxy check-send-proxy'],
          'connect-v2': ['send-proxy-v2 check-send-proxy'],
          'http-v1': ['send-proxy check-send-proxy', 'option httpchk GET /'],
          'http-v2': ['send-proxy-v2 check-send-proxy', 'option httpchk GET /'],
        }),
    });
    for (const name of ['connect-only', 'connect-v1', 'connect-v2']) {
      await haproxy.line(new RegExp(`${name}/sidecar succeeded, reason: Layer4 check passed`));
    }
    for (const name of ['http-v1', 'http-v2']) {
      await haproxy.line(new RegExp(`${name}/sidecar succeeded, reason: Layer7 check passed, code: 200`));
    }
    await sidecar.logged(({ reason }) => reason === 'probe', 10);
    for (const version of [1, 2]) {
      // A check is the balancer's own connection: it comes by nobody.
      const line = await sidecar.logged(({ header }) => header === version, 3);
      t.regex(line.client!, /^127\.0\.0\.1:/);
      t.is(line.via, undefined);
    }
    await haproxy.stop();
    await sidecar.stop();
    t.deepEqual(sidecar.complaints, []);
  },
);

testWith([HAPROXY])(
  "a sidecar that presents clients announces HAProxy's health check as LOCAL too",
  async (t) => {
    const endpoint = await ScriptedEndpoint.start();
    t.teardown(() => endpoint.stop());
    const sidecar = await Program.start(
      t,
      `sidecar --listen 127.0.0.1:0 --to 127.0.0.1:${endpoint.port} --trust 127.0.0.0/8 --present v2 ${NO_OPS}`,
    );
    const { process: haproxy } = await startHaproxy(t, {
      ports: 0,
      sections: () =>
        checks(sidecar.port(), { app: ['send-proxy-v2 check-send-proxy', 'option httpchk GET /health'] }),
    });
    const connection = await endpoint.accept();
    t.is((await connection.read(16)).toString('hex'), '0d0a0d0a000d0a515549540a20000000');
    t.is(await connection.readText(11), 'GET /health');
    connection.end('HTTP/1.0 204 No Content\r\n\r\n');
    await haproxy.line(/app\/sidecar succeeded, reason: Layer7 check passed, code: 204/);
  },
);

testWith([HAPROXY])(
  "HAProxy's checks that move bytes, and end by a reset, are probes in the log too",
  async (t) => {
    const endpoint = await startPlainServer(t);
    const sidecar = await Program.start(
      t,
      `sidecar --listen 127.0.0.1:0 --to 127.0.0.1:${endpoint} --trust 127.0.0.0/8 --present none --access-log all ${NO_OPS}`,
    );
    const talk = [
      'tcp-check connect send-proxy',
      'tcp-check send GET\\ /\\ HTTP/1.0\\r\\n\\r\\n',
      'tcp-check expect string HTTP',
    ];
    const { process: haproxy } = await startHaproxy(t, {
      ports: 0,
      sections: () =>
        checks(sidecar.port(), {
          'connect-v2': ['send-proxy-v2', 'option tcp-check', 'tcp-check connect send-proxy'],
          'talk-v1': ['send-proxy', 'option tcp-check', ...talk],
          'talk-v2': ['send-proxy-v2', 'option tcp-check', ...talk],
          'http-v1': ['send-proxy check-send-proxy', 'option httpchk GET /'],
          'http-v2': ['send-proxy-v2 check-send-proxy', 'option httpchk GET /'],
        }),
    });
    for (const name of ['talk-v1', 'talk-v2', 'http-v1', 'http-v2']) {
      await haproxy.line(new RegExp(`${name}/sidecar succeeded, reason: Layer7 check passed`));
    }
    const ended = ({ reason }: { readonly reason?: string }) => reason !== undefined;
    await sidecar.logged(ended, 15);
    await haproxy.stop();
    await sidecar.stop();
    const reasons = sidecar.log.flatMap(({ reason }) => reason ?? []);
    // A server that closes first has ended well, and is no probe.
    t.deepEqual(
      [...new Set(reasons)].filter((reason) => reason !== 'endpoint_closed' && reason !== 'client_closed'),
      ['probe'],
    );
    t.deepEqual(sidecar.complaints, []);
  },
);
