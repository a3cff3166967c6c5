import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { acceptProxyProtocol } from '../accept/accept-proxy-protocol.ts';
import { realClock } from '../observe/clock.ts';
import { ConnectionPlaces, type PlaceLimits, placeConnections } from './connection-places.ts';

/** Strangers may reach this: what they can hold, and for how long, is bounded. */
const LIMITS = {
  maxHeaderSize: 8192,
  headersTimeout: 5000,
  requestTimeout: 10_000,
  // Longer than the minute between two scrapes: where descriptors are gone no connection is accepted any more (libuv
  // closes it, and tells nobody), and one that is open already is how an operator sees why.
  keepAliveTimeout: 90_000,
  connectionsCheckingInterval: 1000,
};
/** Of a socket on which nothing moves: an answer that nobody reads. */
const IDLE_TIMEOUT_MS = 10_000;
/** On one connection. */
const MAX_REQUESTS = 100;

export interface BoundedServerOptions {
  readonly limits: PlaceLimits;
  /** Whether a question must not be lost, even where others have to be. Default: none is. */
  readonly isProbe?: (request: IncomingMessage) => boolean;
  /** Whether a PROXY header may stand before the first request. It is taken off, and believed by nobody. */
  readonly takesHeaders?: boolean;
  readonly answer: RequestListener;
}

/** A server of HTTP for small questions, of which nobody can hold more than a bounded share. */
export function createBoundedServer(options: BoundedServerOptions): Server {
  const { limits, isProbe = () => false, takesHeaders = false, answer } = options;
  const places = new ConnectionPlaces(limits, realClock);
  const server = createServer(LIMITS, (request, response) => {
    const { socket } = request;
    const urgent = isProbe(request);
    places.begin(socket, urgent);
    response.on('close', () => places.finish(socket, urgent));
    answer(request, response);
  });
  // A client may end its stream and still be answered. Node has no public name for that.
  Reflect.set(server, 'httpAllowHalfOpen', true);
  server.setTimeout(IDLE_TIMEOUT_MS);
  // Node parses all that one segment holds at once. A client that waits for its answers gets "Connection: close" with
  // the last of them.
  server.maxRequestsPerSocket = MAX_REQUESTS;
  server.on('dropRequest', (_request, socket) => socket.destroy());
  // Accepts that fail come here where they are told at all; the next one may succeed.
  server.on('error', () => {});
  if (takesHeaders) takeHeaders(server, limits.connections);
  placeConnections(server, places);
  return server;
}

/**
 * Takes a PROXY header off that balancers send also where they probe (P4), whoever sends it: nothing is decided by what it says.
 * It may come in pieces, within five seconds.
 */
export function takeHeaders(server: Parameters<typeof acceptProxyProtocol>[0], maxPending: number): void {
  acceptProxyProtocol(server, {
    trust: ['0.0.0.0/0', '::/0', 'unix'],
    header: 'optional',
    maxPending,
    // Anybody may ask, in any way: bytes that are neither a header nor a question are not worth a warning.
    onRefused: () => {},
  });
}

/** Closes it and every connection. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
