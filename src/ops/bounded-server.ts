import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { acceptProxyProtocol } from '../accept/accept-proxy-protocol.ts';
import { realClock } from '../observe/clock.ts';
import { ConnectionPlaces, type PlaceLimits, placeConnections } from './connection-places.ts';

/** Untrusted clients may reach this: what they can hold, and for how long, is bounded. */
const LIMITS = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 10_000,
  // Longer than the minute between two scrapes. Without free descriptors libuv closes new connections unseen, and only a
  // scraper that keeps its connection still shows the operator why.
  keepAliveTimeout: 90_000,
  connectionsCheckingInterval: 1000,
};
/** How long a socket may transfer nothing, as with an answer that the client does not read. */
const IDLE_TIMEOUT_MS = 10_000;
/** How long a server that stops waits for requests: those that have begun, and the first of a new connection. */
export const STOP_MS = 1000;
/** Requests on one connection. */
const MAX_REQUESTS = 100;

export interface BoundedServerOptions {
  readonly limits: PlaceLimits;
  /** Whether a request must be answered, even if the connections of others have to be closed. Default: none. */
  readonly isProbe?: (request: IncomingMessage) => boolean;
  /** Whether a PROXY header may come before the first request. It is removed, and nothing is decided by it. */
  readonly takesHeaders?: boolean;
  readonly answer: RequestListener;
}

export interface BoundedServer {
  readonly server: Server;
  /** Closes its idle connections at once, and the others once they are answered, within a second. */
  stop(): Promise<void>;
}

/** An HTTP server for small requests, in which each client can hold a bounded share only. */
export function createBoundedServer(options: BoundedServerOptions): BoundedServer {
  const { limits, isProbe = () => false, takesHeaders = false, answer } = options;
  const places = new ConnectionPlaces(limits, realClock);
  const server = createServer(LIMITS, (request, response) => {
    const { socket } = request;
    const probe = isProbe(request);
    places.begin(socket, probe);
    response.on('close', () => {
      places.finish(socket, probe);
      // The server stops, and was waiting for this answer.
      if (!server.listening) socket.destroySoon();
    });
    answer(request, response);
  });
  // A client that has half-closed is still answered. Node has no public option for that.
  Reflect.set(server, 'httpAllowHalfOpen', true);
  server.setTimeout(IDLE_TIMEOUT_MS);
  // Node parses all pipelined requests of a segment at once. A client that waits for its answers gets
  // "Connection: close" with the last one.
  server.maxRequestsPerSocket = MAX_REQUESTS;
  server.on('dropRequest', (_request, socket) => socket.destroy());
  // Failed accepts are reported here, if at all. The next one may succeed.
  server.on('error', () => {});
  if (takesHeaders) takeHeaders(server, limits.connections);
  placeConnections(server, places);
  return {
    server,
    stop: async () => {
      const stopped = stopListening(server, () => server.closeAllConnections());
      // Node 26 counts connections as idle that have sent nothing yet.
      for (const socket of places.idle()) socket.destroy();
      await stopped;
      // Ends Node's own timer of the server.
      server.close();
    },
  };
}

/**
 * Removes the PROXY header that balancers also send with their probes (P4). It is accepted from everyone, because nothing is
 * decided by what it says. It may come in pieces, within five seconds.
 */
export function takeHeaders(server: Parameters<typeof acceptProxyProtocol>[0], maxPending: number): void {
  acceptProxyProtocol(server, {
    trust: ['0.0.0.0/0', '::/0', 'unix'],
    proxyHeader: 'optional',
    maxPending,
    // Port scans send anything: bytes that are neither a header nor a request are not worth a warning.
    onRefused: () => {},
  });
}

/**
 * Stops listening, and resolves once every connection is closed. After a second `rest` closes what is left. Until then a client
 * that has just been accepted can send its request: the `close` of a server that takes headers would reset it.
 */
export function stopListening(server: NetServer, rest: () => void = () => {}): Promise<void> {
  return new Promise((resolve) => {
    // Keeps the process alive: a connection whose client has ended its stream does not.
    const timer = setTimeout(() => {
      server.close();
      rest();
    }, STOP_MS);
    NetServer.prototype.close.call(server, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
