import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { acceptProxyProtocol } from '../accept/accept-proxy-protocol.ts';
import type { Refusal } from '../accept/refusal.ts';
import { formatIp } from '../address/ip.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import { removeStaleSocket } from '../listening/stale-socket.ts';
import { type EchoAnswer, echoAnswer } from './echo-answer.ts';

export interface EchoOptions {
  readonly listen: ParsedAddress;
  /** Answers with one line and then echoes bytes, instead of speaking HTTP. */
  readonly raw?: boolean;
  /** Called with each answer. */
  readonly onAnswer?: (answer: EchoAnswer) => void;
  /** Called for each connection that was reset because its header was malformed or incomplete. */
  readonly onRefused?: (refusal: Refusal) => void;
}

export interface Echo {
  /** With the port that was chosen. */
  readonly address: ParsedAddress;
  /** Closes it and every connection. */
  stop(): Promise<void>;
}

/** 65551 = 16 + 65535: the longest header that the protocol allows. */
const MAX_HEADER_BYTES = 65_551;
/** Kept connections of a load run may be idle between two requests. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Starts an endpoint that answers with the client that it saw. It accepts a PROXY header from any peer, so it is for
 * tests and `--node-echo` only. Rejects with the error of the bind.
 */
export async function startEcho(options: EchoOptions): Promise<Echo> {
  const { listen, onAnswer, onRefused = () => {} } = options;
  const answer = (socket: Socket, headers = {}): string => {
    const given = echoAnswer(socket, headers);
    onAnswer?.(given);
    return `${JSON.stringify(given)}\n`;
  };
  const server = options.raw === true ? rawServer(answer) : httpServer(answer);
  acceptProxyProtocol(server, {
    trust: ['0.0.0.0/0', '::/0', 'unix'],
    proxyHeader: 'optional',
    maxHeaderBytes: MAX_HEADER_BYTES,
    onRefused,
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  if (listen.kind === 'unix') await removeStaleSocket(listen.path);
  const address = await bind(server, listen);
  return {
    address,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

type Answer = (socket: Socket, headers?: object) => string;

function httpServer(answer: Answer): Server {
  const server = createHttpServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end(answer(request.socket, request.headers));
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  return server;
}

function rawServer(answer: Answer): Server {
  return createServer({ noDelay: true }, (socket) => {
    socket.write(answer(socket));
    // `pipe` ends the socket's output once its input has ended and is flushed: a correct half-close.
    socket.pipe(socket);
  });
}

function bind(server: Server, listen: ParsedAddress): Promise<ParsedAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const listening = (): void => {
      server.off('error', reject);
      // Accepts that fail for lack of descriptors are reported here; the next may succeed.
      server.on('error', () => {});
      const bound = server.address();
      const isTcp = listen.kind === 'tcp' && bound !== null && typeof bound === 'object';
      resolve(isTcp ? { ...listen, port: bound.port } : listen);
    };
    if (listen.kind === 'unix') server.listen(listen.path, listening);
    else if (listen.ip === null) server.listen(listen.port, listening);
    else server.listen(listen.port, formatIp(listen.ip), listening);
  });
}
