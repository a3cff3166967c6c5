import { once } from 'node:events';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as https from 'node:https';
import * as net from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import * as tls from 'node:tls';
import { proxyHeaderOf } from '../../src/accept/proxy-header-of.ts';
import { CERTIFICATE } from '../helpers/certificate.ts';

/** What a server reports about its client. */
export interface Seen {
  readonly remote: string;
  readonly local: string;
  readonly version: number | null;
  readonly peer: string | null;
}

/** A server that answers every request with what it sees, and a client that sends a request over a stream. */
export interface ServerKind {
  readonly name: string;
  create(): net.Server;
  ask(stream: Duplex): Promise<Seen>;
}

/** The two ends of a socket, and its header. */
export function seen(socket: net.Socket): Seen {
  const header = proxyHeaderOf(socket);
  return {
    remote: `${socket.remoteFamily} ${socket.remoteAddress} ${socket.remotePort}`,
    local: `${socket.localFamily} ${socket.localAddress} ${socket.localPort}`,
    version: header?.version ?? null,
    peer: header?.peer?.address ?? null,
  };
}

const ANY_CERTIFICATE = { rejectUnauthorized: false, servername: 'localhost' } as const;

function answer(req: { socket: net.Socket }, res: { end(text: string): unknown }): void {
  res.end(JSON.stringify(seen(req.socket)));
}

function answerSocket(socket: net.Socket): void {
  // At its first byte, so that what follows the header has to arrive.
  socket.once('data', (chunk) => socket.end(`${chunk}${JSON.stringify(seen(socket))}`));
  socket.on('error', () => {});
}

async function askSocket(stream: Duplex): Promise<Seen> {
  stream.write('>');
  const said = await text(stream);
  if (!said.startsWith('>')) throw new Error(`the server said ${said}`);
  return JSON.parse(said.slice(1));
}

async function secured(stream: Duplex, ALPNProtocols?: string[]): Promise<tls.TLSSocket> {
  const socket = tls.connect({ socket: stream, ...ANY_CERTIFICATE, ...(ALPNProtocols && { ALPNProtocols }) });
  await once(socket, 'secureConnect');
  return socket;
}

async function askHttp(stream: Duplex): Promise<Seen> {
  const request = http.get({ host: 'localhost', createConnection: () => stream as net.Socket });
  const [response] = (await once(request, 'response')) as [http.IncomingMessage];
  return JSON.parse(await text(response));
}

async function askHttp2(stream: Duplex): Promise<Seen> {
  const session = http2.connect('http://localhost', { createConnection: () => stream });
  const request = session.request({ ':path': '/' });
  const said = await text(request);
  session.close();
  await once(session, 'close');
  return JSON.parse(said);
}

export const SERVER_KINDS: readonly ServerKind[] = [
  { name: 'net', create: () => net.createServer(answerSocket), ask: askSocket },
  {
    name: 'tls',
    create: () => tls.createServer(CERTIFICATE, answerSocket),
    ask: async (stream) => askSocket(await secured(stream)),
  },
  { name: 'http', create: () => http.createServer(answer), ask: askHttp },
  {
    name: 'https',
    create: () => https.createServer(CERTIFICATE, answer),
    ask: async (stream) => askHttp(await secured(stream)),
  },
  { name: 'http2', create: () => http2.createSecureServer(CERTIFICATE, answer), ask: askSecureHttp2 },
  {
    name: 'http2 with allowHTTP1 and a client of HTTP/2',
    create: () => http2.createSecureServer({ ...CERTIFICATE, allowHTTP1: true }, answer),
    ask: askSecureHttp2,
  },
  {
    name: 'http2 with allowHTTP1 and a client of HTTP/1.1',
    create: () => http2.createSecureServer({ ...CERTIFICATE, allowHTTP1: true }, answer),
    ask: async (stream) => askHttp(await secured(stream)),
  },
  { name: 'http2 in the clear', create: () => http2.createServer(answer), ask: askHttp2 },
];

async function askSecureHttp2(stream: Duplex): Promise<Seen> {
  return askHttp2(await secured(stream, ['h2']));
}
