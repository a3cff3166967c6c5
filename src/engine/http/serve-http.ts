import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ListenerRules } from '../../session/listener-rules.ts';
import type { ServerKind } from '../main-thread/server-kind.ts';
import { EndpointPool } from './endpoint-pool.ts';
import { HttpSession } from './http-session.ts';
import { problemOf } from './request-problem.ts';
import { ServerRequest } from './server-request.ts';

/** The longest head of a request: Node's own measure, and HAProxy's buffer. */
const MAX_HEAD_BYTES = 16 * 1024;

const owner = Symbol('owner');
type Owned = Socket & { [owner]?: HttpSession };

/** Hands to Node's HTTP server who is known; of one listener the connections to endpoints are shared. */
export function serveHttp(rules: () => ListenerRules): ServerKind {
  const pool = new EndpointPool(rules().context.now);
  const server = createHttpServer();
  // Node's own way from a socket to its requests.
  const [askOver] = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners('connection');
  return {
    server,
    serve: (socket, ledger, reader, places, onEnd) => {
      const served = new HttpSession(socket, ledger, pool, onEnd);
      (socket as Owned)[owner] = served;
      // A guarded client has nothing to hide from HTTP's parser: no request begins like a header.
      served.start(reader, places, () => askOver!.call(server, socket));
      return served;
    },
    followPool: ({ plan }) => pool.keepOnly(plan.snapshot.endpoints),
    close: () => {
      pool.close();
      // It listens no more: its timer is left of it.
      server.close();
    },
  };
}

/** Node's server with its own timeouts off, for sessions have theirs, and every request told to its session. */
function createHttpServer(): Server<typeof ServerRequest> {
  const server = createServer({
    IncomingMessage: ServerRequest,
    insecureHTTPParser: false,
    maxHeaderSize: MAX_HEAD_BYTES,
    // Looked at with everything else of a head.
    requireHostHeader: false,
    headersTimeout: 0,
    requestTimeout: 0,
    keepAliveTimeout: 0,
    connectionsCheckingInterval: 2 ** 31 - 1,
    noDelay: true,
  });
  // Beyond this many fields Node would leave them out in silence; the size of a head bounds them.
  server.maxHeadersCount = 0;
  // A client may end its stream and still be answered. Node has no public name for that.
  Reflect.set(server, 'httpAllowHalfOpen', true);
  const asked = (request: ServerRequest, response: ServerResponse) =>
    (request.socket as Owned)[owner]!.requests.asked(request, response);
  server.on('request', asked);
  server.on('checkContinue', asked);
  server.on('checkExpectation', asked);
  // The sockets of these two events may be streams around the client's own.
  server.on('upgrade', (request, _, first: Uint8Array) => {
    const { requests } = (request.socket as Owned)[owner]!;
    if (request.isWebSocket) requests.askedToUpgrade(request, first);
    else requests.released(first);
  });
  server.on('connect', ({ socket }) =>
    (socket as Owned)[owner]!.requests.unreadable({ status: 405, rule: 'connect_method', bytes: null }),
  );
  server.on('clientError', (error, socket) => {
    const problem = problemOf(error);
    if (problem !== null) (socket as Owned)[owner]!.requests.unreadable(problem);
  });
  return server;
}
