import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import { resetSocket } from '../../accept/reset-socket.ts';
import { formatIp } from '../../address/ip.ts';
import type { CloseReason } from '../../proxy/close-reason.ts';
import { COUNTER } from '../../proxy/counters.ts';
import type { OpenListener } from '../../proxy/engine.ts';
import { listenError } from '../../proxy/listen-error.ts';
import type { ListenerRules } from '../../proxy/listener-rules.ts';
import type { ListenAddress, ListenerPlan } from '../../proxy/plan.ts';
import { Session } from '../../proxy/session.ts';
import { EndpointAgents } from './endpoint-agent.ts';
import { HttpSession } from './http-session.ts';
import { localAddress, peerAddress } from './peer-address.ts';
import { problemOf } from './request-problem.ts';
import { WaitingRoom } from './waiting-room.ts';

/** The longest head of a request or an answer: Node's own measure, and HAProxy's buffer. */
const MAX_HEAD_BYTES = 16 * 1024;

const owner = Symbol('owner');
type Owned = Socket & { [owner]?: HttpSession };

/** One open listener: accepts, admits, holds who has to wait, and hands to Node's HTTP server who is known. */
export class Listener {
  readonly #server: Server;
  /** Node's own way from a socket to its requests. */
  readonly #serveHttp: (socket: Socket) => void;
  readonly #fault: (message: string, error: unknown) => void;
  readonly #agents = new EndpointAgents(() => this.#rules);
  readonly #sessions = new Set<HttpSession>();
  readonly #waiting = new WaitingRoom(() => this.#checkIdle());
  #rules: ListenerRules;
  #address: ListenAddress;
  #idle: (() => void) | null = null;
  #left: Promise<void> | null = null;
  #ticker: NodeJS.Timeout | null = null;
  #aborted: CloseReason | null = null;

  constructor(rules: ListenerRules, fault: (message: string, error: unknown) => void) {
    this.#rules = rules;
    this.#address = rules.plan.listen;
    this.#fault = fault;
    this.#server = createHttpServer();
    const [serve] = this.#server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
    this.#serveHttp = (socket) => serve!.call(this.#server, socket);
    this.#server.removeAllListeners('connection');
    this.#server.on('connection', (socket: Socket) => this.#accept(socket));
  }

  get rules(): ListenerRules {
    return this.#rules;
  }

  get sessions(): Iterable<HttpSession> {
    return this.#sessions;
  }

  /** Where it listens, with the port that it really has. */
  get open(): OpenListener {
    const { id, name } = this.#rules.plan;
    return { id, name, address: this.#address };
  }

  /** Opens the port or path. Rejects with a `StartError`. */
  async start(): Promise<void> {
    const { listen } = this.#rules.plan;
    await new Promise<void>((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException) => reject(listenError(this.#rules.plan, error));
      this.#server.once('error', failed);
      this.#server.listen(toOptions(listen), () => {
        this.#server.off('error', failed);
        resolve();
      });
    });
    this.#server.on('error', (error) => {
      this.#rules.counters[COUNTER.acceptErrors]! += 1;
      this.#fault('a connection could not be accepted', error);
    });
    const bound = this.#server.address();
    if (listen.kind === 'tcp' && bound !== null && typeof bound === 'object') {
      this.#address = { ...listen, port: bound.port };
    }
  }

  /** New sessions follow the new rules; open ones keep those that they began with. */
  change(rules: ListenerRules): void {
    this.#rules = rules;
    this.#stopTicking();
    if (this.#sessions.size > 0) this.#tickOften();
    this.#serveWaiting();
  }

  /**
   * Keeps no connections to endpoints that the pool has no longer; where the plan says so, requests that are with
   * one that has vanished are over. `rules` are those in force, which a listener that is left does not take.
   */
  followPool({ plan, known }: ListenerRules): void {
    this.#agents.keepOnly(plan.snapshot.endpoints);
    if (known === null) return;
    for (const served of [...this.#sessions]) {
      const isOurs = served.session.rules.plan.id === plan.id;
      if (isOurs && served.session.outlives(known)) served.giveUp('endpoint_gone');
    }
  }

  /** Serves what waits in the kernel's queue, stops accepting, and resolves when the last session has ended. */
  leave(): Promise<void> {
    this.#left ??= this.#leave();
    return this.#left;
  }

  /** Resets every session, and those that may still come; `leave` then resolves. */
  abort(reason: CloseReason): void {
    this.#aborted = reason;
    this.#waiting.close();
    for (const session of this.#sessions) session.abort(reason);
  }

  async #leave(): Promise<void> {
    // Two turns of the loop: each accepts until the queue is empty.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
    // Not HTTP's own close, which ends kept connections without asking what came over them.
    NetServer.prototype.close.call(this.#server);
    for (const session of this.#sessions) session.leave();
    if (this.#sessions.size > 0 || this.#waiting.size > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    this.#agents.close();
    // Its timer is left of it.
    this.#server.close();
  }

  #accept(socket: Socket): void {
    const { limits } = this.#rules.plan;
    if (this.#aborted !== null) this.#refuse(socket, this.#aborted);
    // Those who wait were here first.
    else if (this.#waiting.size === 0 && this.#rules.limit.acquire()) this.#serve(socket);
    else if (limits.overLimit === 'wait' && this.#waiting.hold(socket)) return;
    else this.#refuse(socket, 'over_limit');
  }

  #serve(socket: Socket): void {
    const rules = this.#rules;
    const unix = rules.plan.listen.kind === 'unix';
    const peer = unix ? null : peerAddress(socket);
    const local = unix ? null : localAddress(socket);
    const session = new Session(rules, peer ?? null, local ?? null);
    const gone = peer === undefined || local === undefined;
    const first = gone ? null : rules.firstBytes(peer ?? null);
    if (gone || first === 'untrusted') {
      this.#drop(socket, session, gone ? 'probe' : 'untrusted', true);
      return;
    }
    const served = new HttpSession(socket, session, this.#agents, () => this.#ended(served));
    (socket as Owned)[owner] = served;
    this.#sessions.add(served);
    if (this.#ticker === null) this.#tickOften();
    // A guarded client has nothing to hide from HTTP's parser: no request begins like a header.
    served.start(first === 'plain' ? null : first, () => this.#serveHttp(socket));
    if (this.#left !== null) served.leave();
  }

  #refuse(socket: Socket, reason: CloseReason): void {
    const unix = this.#rules.plan.listen.kind === 'unix';
    const peer = unix ? null : (peerAddress(socket) ?? null);
    this.#drop(socket, new Session(this.#rules, peer, null), reason, false);
  }

  /** Turns a client away before anything of it was read. */
  #drop(socket: Socket, session: Session, reason: CloseReason, reserved: boolean): void {
    socket.on('error', () => {});
    resetSocket(socket);
    session.end(reason, null, reserved, null);
    if (reserved) this.#serveWaiting();
    this.#checkIdle();
  }

  #serveWaiting(): void {
    while (this.#waiting.size > 0 && this.#rules.limit.acquire()) {
      const socket = this.#waiting.next();
      if (socket === null) this.#rules.limit.release();
      else this.#serve(socket);
    }
  }

  #ended(session: HttpSession): void {
    this.#sessions.delete(session);
    this.#serveWaiting();
    this.#checkIdle();
  }

  #tickOften(): void {
    this.#ticker = setInterval(() => this.#tick(), tickMs(this.#rules.plan));
  }

  #tick(): void {
    const now = this.#rules.context.now();
    for (const session of this.#sessions) session.tick(now);
    if (this.#sessions.size === 0) this.#stopTicking();
  }

  #stopTicking(): void {
    if (this.#ticker !== null) clearInterval(this.#ticker);
    this.#ticker = null;
  }

  #checkIdle(): void {
    if (this.#sessions.size > 0 || this.#waiting.size > 0 || this.#left === null) return;
    this.#stopTicking();
    this.#idle?.();
  }
}

/** Node's server with its own timeouts off, for sessions have theirs, and every request told to its session. */
function createHttpServer(): Server {
  const server = createServer({
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
  const asked = (request: IncomingMessage, response: ServerResponse) =>
    (request.socket as Owned)[owner]!.asked(request, response);
  server.on('request', asked);
  server.on('checkContinue', asked);
  server.on('checkExpectation', asked);
  server.on('upgrade', (request, socket, first: Uint8Array) =>
    (socket as Owned)[owner]!.askedToUpgrade(request, first),
  );
  server.on('connect', (_, socket) =>
    (socket as Owned)[owner]!.unreadable({ status: 405, rule: 'connect_method', bytes: null }),
  );
  server.on('clientError', (error, socket) => {
    const problem = problemOf(error);
    if (problem !== null) (socket as Owned)[owner]!.unreadable(problem);
  });
  return server;
}

/**
 * One timer for all sessions looks at them so often that each deadline is met within a tenth of itself; and
 * every second, for what has moved.
 */
function tickMs({ timeouts, admission }: ListenerPlan): number {
  const { connectMs, idleMs, halfCloseMs, maxSessionAgeMs } = timeouts;
  const set = [connectMs, idleMs, halfCloseMs, maxSessionAgeMs, admission.headerTimeoutMs].filter(
    (ms) => ms > 0,
  );
  return Math.min(Math.max(Math.min(...set) / 10, 5), 1000);
}

function toOptions(listen: ListenAddress) {
  if (listen.kind === 'unix') return { path: listen.path };
  // Without a host Node listens on :: for both families, or on 0.0.0.0 where there is no IPv6.
  if (listen.ip === null) return { port: listen.port };
  return { host: formatIp(listen.ip), port: listen.port, ipv6Only: listen.ip.length === 16 };
}
