import { createServer, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';

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

/** A server of HTTP for small questions, of which nobody can hold more than a bounded share. */
export function createBoundedServer(maxConnections: number, answer: RequestListener): Server {
  const server = createServer(LIMITS, answer);
  server.setTimeout(IDLE_TIMEOUT_MS);
  // Node parses all that one segment holds at once. A client that waits for its answers gets "Connection: close" with
  // the last of them.
  server.maxRequestsPerSocket = MAX_REQUESTS;
  server.on('dropRequest', (_request, socket) => socket.destroy());
  // Accepts that fail come here where they are told at all; the next one may succeed.
  server.on('error', () => {});
  keepNewest(server, maxConnections);
  return server;
}

/** Closes it and every connection. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Whoever holds connections loses the oldest: a probe must get through, or the pod is restarted. */
function keepNewest(server: Server, most: number): void {
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    if (open.size > most) for (const oldest of open) return void oldest.destroy();
  });
}
