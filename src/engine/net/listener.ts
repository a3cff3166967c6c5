import { createServer, type Server, type Socket } from 'node:net';
import { formatIp } from '../../address/ip.ts';
import type { Address } from '../../proxy/client.ts';
import type { CloseReason } from '../../proxy/close-reason.ts';
import { COUNTER } from '../../proxy/counters.ts';
import type { OpenListener } from '../../proxy/engine.ts';
import { listenError } from '../../proxy/listen-error.ts';
import type { ListenerRules } from '../../proxy/listener-rules.ts';
import type { ListenAddress, ListenerPlan } from '../../proxy/plan.ts';
import { Session } from '../../proxy/session.ts';
import { resetSocket } from './close-socket.ts';
import { NetSession } from './net-session.ts';
import { localAddress, peerAddress } from './peer-address.ts';

/**
 * node:net can't stop accepting, so `--over-limit wait` accepts and holds: so many sockets wait, unserved
 * and in order, as they would in the kernel's queue (511 is Node's own backlog).
 */
export const WAITING_ROOM = 511;

/** One open listener: accepts, admits, holds who has to wait, and knows its sessions. */
export class Listener {
  readonly #server: Server;
  readonly #fault: (message: string, error: unknown) => void;
  readonly #sessions = new Set<NetSession>();
  /** Sockets that wait for a place, oldest first, with what is called when they give up. */
  readonly #waiting = new Map<Socket, () => void>();
  #rules: ListenerRules;
  #address: ListenAddress;
  /** Where clients connect to, where that is the same for all: asking the kernel each time costs. */
  #local: Address | null = null;
  #idle: (() => void) | null = null;
  #left: Promise<void> | null = null;
  #ticker: NodeJS.Timeout | null = null;
  #aborted: CloseReason | null = null;

  constructor(rules: ListenerRules, fault: (message: string, error: unknown) => void) {
    this.#rules = rules;
    this.#address = rules.plan.listen;
    this.#fault = fault;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  get rules(): ListenerRules {
    return this.#rules;
  }

  get sessions(): Iterable<NetSession> {
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
    this.#server.on('error', (error) => this.#acceptError(error));
    const bound = this.#server.address();
    if (listen.kind === 'tcp' && bound !== null && typeof bound === 'object') {
      this.#address = { ...listen, port: bound.port };
      const specific = listen.ip?.some((byte) => byte !== 0);
      if (specific) this.#local = { ip: listen.ip!, port: bound.port };
    }
  }

  /** New sessions follow the new rules; open ones keep those that they began with. */
  change(rules: ListenerRules): void {
    this.#rules = rules;
    this.#stopTicking();
    if (this.#sessions.size > 0) this.#ticker = setInterval(() => this.#tick(), tickMs(rules.plan));
    this.#serveWaiting();
  }

  /** Ends sessions whose endpoint is none of the slots of the listener that they came to, which may have moved since. */
  endGone(known: ReadonlyMap<number, ReadonlySet<number>>): void {
    for (const served of [...this.#sessions]) {
      const slots = known.get(served.session.rules.plan.id);
      if (slots && served.session.outlives(slots)) served.abort('endpoint_gone');
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
    for (const [socket, gone] of this.#waiting) {
      socket.off('close', gone);
      resetSocket(socket);
    }
    this.#waiting.clear();
    this.#checkIdle();
    for (const session of this.#sessions) session.abort(reason);
  }

  async #leave(): Promise<void> {
    // Two turns of the loop: each accepts until the queue is empty.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
    this.#server.close();
    if (this.#sessions.size === 0 && this.#waiting.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  #acceptError(error: Error): void {
    this.#rules.counters[COUNTER.acceptErrors]! += 1;
    this.#fault('a connection could not be accepted', error);
  }

  #accept(socket: Socket): void {
    const { limits } = this.#rules.plan;
    if (this.#aborted !== null) this.#refuse(socket, this.#aborted);
    // Those who wait were here first.
    else if (this.#waiting.size === 0 && this.#rules.limit.acquire()) this.#serve(socket);
    else if (limits.overLimit === 'wait' && this.#waiting.size < WAITING_ROOM) this.#hold(socket);
    else this.#refuse(socket, 'over_limit');
  }

  #serve(socket: Socket): void {
    const rules = this.#rules;
    const unix = rules.plan.listen.kind === 'unix';
    const peer = unix ? null : peerAddress(socket);
    const local = unix ? null : (this.#local ?? localAddress(socket));
    const session = new Session(rules, peer ?? null, local ?? null);
    if (peer === undefined || local === undefined) {
      // Gone between its handshake and now.
      this.#drop(socket, session, 'probe', true);
      return;
    }
    const first = rules.firstBytes(peer);
    if (first === 'untrusted') {
      this.#drop(socket, session, 'untrusted', true);
      return;
    }
    const served = new NetSession(socket, session, first === 'plain' ? null : first, () =>
      this.#ended(served),
    );
    this.#sessions.add(served);
    this.#ticker ??= setInterval(() => this.#tick(), tickMs(rules.plan));
    served.start();
  }

  #refuse(socket: Socket, reason: CloseReason): void {
    const unix = this.#rules.plan.listen.kind === 'unix';
    const peer = unix ? null : (peerAddress(socket) ?? null);
    this.#drop(socket, new Session(this.#rules, peer, null), reason, false);
  }

  /** Turns a client away before anything of it was read. */
  #drop(socket: Socket, session: Session, reason: CloseReason, reserved: boolean): void {
    socket.on('error', ignore);
    resetSocket(socket);
    session.end(reason, null, reserved, null);
    if (reserved) this.#serveWaiting();
    this.#checkIdle();
  }

  #hold(socket: Socket): void {
    const gone = () => {
      this.#waiting.delete(socket);
      this.#checkIdle();
    };
    this.#waiting.set(socket, gone);
    socket.on('error', ignore);
    socket.on('close', gone);
  }

  #serveWaiting(): void {
    for (const [socket, gone] of this.#waiting) {
      if (!this.#rules.limit.acquire()) return;
      this.#waiting.delete(socket);
      socket.off('close', gone).off('error', ignore);
      if (socket.destroyed) {
        // It broke while it waited, and its `close` is still to come: nobody is there to be served.
        socket.on('error', ignore);
        this.#rules.limit.release();
        continue;
      }
      this.#serve(socket);
    }
  }

  #ended(session: NetSession): void {
    this.#sessions.delete(session);
    this.#serveWaiting();
    this.#checkIdle();
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

/** A socket that is turned away or waits: whatever happens to it, its `close` follows. */
function ignore(): void {}

/**
 * One timer for all sessions looks at them so often that each deadline is met within a tenth of itself:
 * two or three timers a session cost a tenth of a short connection.
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
