import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { acceptProxyProtocol } from '../accept/accept-proxy-protocol.ts';
import type { Refusal } from '../accept/refusal.ts';
import { formatIp } from '../address/ip.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import { removeStaleSocket } from '../control/stale-socket.ts';
import { type EchoAnswer, echoAnswer } from './echo-answer.ts';

export interface EchoOptions {
  readonly listen: ParsedAddress;
  /** Answers with one line and then echoes bytes, instead of speaking HTTP. */
  readonly raw?: boolean;
  /** Told of each answer. */
  readonly onAnswer?: (answer: EchoAnswer) => void;
  /** Told of each connection whose header was malformed or did not come whole; it was reset. */
  readonly onRefused?: (refusal: Refusal) => void;
}

export interface Echo {
  /** With the port that it really has. */
  readonly address: ParsedAddress;
  /** Closes it and every connection. */
  stop(): Promise<void>;
}

/** 65551 = 16 + 65535: a tool takes whatever the protocol allows. */
const MAX_HEADER_BYTES = 65_551;
/** Kept connections of a load run may rest between two requests. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Starts an endpoint that answers with who it saw. It takes a PROXY header off when one is there, and
 * believes it whoever sends it: for loopback and test clusters only. Rejects with the error of the bind.
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
    header: 'optional',
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
    // The end of what came ends what goes, when all of it is out: half-close as it should be.
    socket.pipe(socket);
  });
}

function bind(server: Server, listen: ParsedAddress): Promise<ParsedAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const listening = (): void => {
      server.off('error', reject);
      // Accepts that fail for want of descriptors are reported here, and the next may succeed.
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
