import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Engine } from '../../plan/engine.ts';
import type { ListenerRules } from '../../session/listener-rules.ts';
import { MainThreadEngine, type MainThreadOptions } from '../main-thread/main-thread-engine.ts';
import type { ServerKind } from '../main-thread/server-kind.ts';
import { EndpointPool } from './endpoint-pool.ts';
import { HTTP_ABILITIES } from './http-abilities.ts';
import { HttpSession } from './http-session.ts';
import { problemOf } from './request-problem.ts';
import { ServerRequest } from './server-request.ts';

/** The longest head of a request: Node's default, and the size of HAProxy's buffer. */
const MAX_HEAD_BYTES = 16 * 1024;

const owner = Symbol('owner');
type Owned = Socket & { [owner]?: HttpSession };

// The folder: one client connection, from the accept to its end.
//
//   client ──▶ HttpSession ──▶ Node's HTTP server (parses requests) ──▶ ClientRequests: one Exchange after the other
//
//   Exchange: request head, with the client's fields ─▶ RequestAttempt (pick, dial) ─▶ EndpointConnection ─▶ endpoint
//             ClientAnswer (framed by Node) ◀────────── AnswerParser ◀──────────────── EndpointConnection ◀─ endpoint
//
// - request head: request-head, request-target, field-kinds; the client's fields: client-fields, chain-fields, forwarded-elements
// - answer: parse-answer-head, chunked-body and answer-parser are pure; docs/decisions/0001-http-engine.md says why Node's is not used
// - connections: SessionConnections for one client, EndpointPool for all clients of a listener
// - end: ClientClose (lingering close, or reset); a WebSocket becomes a Tunnel

/** The engine of `--present forwarded`: HTTP/1.1 on `node:http`, in the calling thread. */
export function createHttpEngine(options: MainThreadOptions): Engine {
  return new MainThreadEngine(HTTP_ABILITIES, serveHttp, options);
}

/** Gives each client to Node's HTTP server once it is known. All clients of a listener share its connections to endpoints. */
function serveHttp(rules: () => ListenerRules): ServerKind {
  const pool = new EndpointPool(rules().context.now);
  const server = createHttpServer();
  // Node's own handler, which parses requests from a socket.
  const [parseRequests] = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners('connection');
  return {
    server,
    serve: (socket, ledger, reader, places, onEnd) => {
      const served = new HttpSession(socket, ledger, pool, onEnd);
      (socket as Owned)[owner] = served;
      // A client does not have to be guarded here: the HTTP parser refuses bytes that begin like a PROXY header.
      served.start(reader, places, () => parseRequests!.call(server, socket));
      return served;
    },
    followPool: ({ plan }) => pool.keepOnly(plan.snapshot.endpoints),
    close: () => {
      pool.close();
      // The server no longer listens, but its timer is still running.
      server.close();
    },
  };
}

/** Node's server, with its timeouts off because sessions have their own. Every request goes to its session. */
function createHttpServer(): Server<typeof ServerRequest> {
  const server = createServer({
    IncomingMessage: ServerRequest,
    insecureHTTPParser: false,
    maxHeaderSize: MAX_HEAD_BYTES,
    // `requestHead` checks it.
    requireHostHeader: false,
    headersTimeout: 0,
    requestTimeout: 0,
    keepAliveTimeout: 0,
    connectionsCheckingInterval: 2 ** 31 - 1,
    noDelay: true,
  });
  // 0: no limit. Above a limit Node would silently drop fields; the size of the head bounds their number.
  server.maxHeadersCount = 0;
  // A client may end its stream and still receive an answer. Node has no public option for that.
  Reflect.set(server, 'httpAllowHalfOpen', true);
  const asked = (request: ServerRequest, response: ServerResponse) =>
    (request.socket as Owned)[owner]!.requests.asked(request, response);
  server.on('request', asked);
  server.on('checkContinue', asked);
  server.on('checkExpectation', asked);
  // The sockets of these two events may wrap the client's own, so the session is found by the request's.
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
