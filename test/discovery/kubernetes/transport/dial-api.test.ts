import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsHttpServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import test from 'ava';
import { createKubernetesClient } from '../../../../src/discovery/kubernetes/api-client.ts';
import { CERTIFICATE } from '../../../helpers/certificate.ts';
import { turnedClock } from '../../../helpers/turned-clock.ts';
import { PATH } from '../client-parts.ts';
import { trustingAccess } from '../watch-parts.ts';

const answer = (request: IncomingMessage, response: ServerResponse) =>
  void response.end(JSON.stringify({ host: request.headers.host }));

const SERVERS: readonly (readonly [what: string, scheme: string, create: () => Server])[] = [
  ['in the clear', 'http', () => createServer(answer)],
  [
    'of HTTP/1.1',
    'https',
    () => createTlsHttpServer({ ...CERTIFICATE, ALPNProtocols: ['http/1.1'] }, answer),
  ],
  ['that knows no ALPN', 'https', () => createTlsServerWithoutAlpn()],
];

/** It negotiates no protocol, so that HTTP/1.1 is used. */
function createTlsServerWithoutAlpn(): Server {
  const inner = createServer(answer);
  return createTlsServer(CERTIFICATE, (socket) => void inner.emit('connection', socket));
}

for (const [what, scheme, create] of SERVERS) {
  for (const host of ['127.0.0.1', '[::1]', 'localhost']) {
    test(`an API ${what} at ${host} is asked, by the name that it was given`, async (t) => {
      const server = create();
      const at = host === '[::1]' ? '::1' : '127.0.0.1';
      await new Promise<void>((resolve) => server.listen(0, at, resolve));
      const { port } = server.address() as AddressInfo;
      const url = new URL(`${scheme}://${host}:${port}`);
      const client = createKubernetesClient(trustingAccess(url), { clock: turnedClock() });
      t.teardown(() => {
        client.stop();
        server.close();
      });
      const reply = await client.list(PATH, new AbortController().signal);
      t.deepEqual(reply, { object: { host: `${host}:${port}` } });
    });
  }
}

for (const host of ['127.0.0.2', '127.0.0.1']) {
  const isIts = host === '127.0.0.1';
  test(`a certificate ${isIts ? 'of the address' : 'of another address'} is ${isIts ? 'trusted' : 'refused'}`, async (t) => {
    const server = createTlsHttpServer(CERTIFICATE, answer);
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const { port } = server.address() as AddressInfo;
    const client = createKubernetesClient(trustingAccess(new URL(`https://${host}:${port}`)), {
      clock: turnedClock(),
    });
    t.teardown(() => {
      client.stop();
      server.close();
    });
    const reply = await client.list(PATH, new AbortController().signal);
    if (isIts) t.true('object' in reply);
    else t.like(reply, { code: 'untrusted_server', gated: true });
  });
}
