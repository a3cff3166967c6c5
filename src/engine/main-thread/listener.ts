import type { Socket } from 'node:net';
import { resetSocket } from '../../accept/reset-socket.ts';
import type { CloseReason } from '../../plan/close-reason.ts';
import type { OpenListener } from '../../plan/engine.ts';
import type { HeldSocket } from '../../plan/held-socket.ts';
import type { ListenerPlan } from '../../plan/plan.ts';
import type { Address } from '../../session/client.ts';
import { Ledger } from '../../session/ledger.ts';
import type { ListenerRules } from '../../session/listener-rules.ts';
import type { PlaceWait } from '../../session/place-wait.ts';
import { COUNTER } from '../../shared-memory/counters.ts';
import { ListeningServers, type RawCalls } from './listening-servers.ts';
import { localAddress, peerAddress } from './peer-address.ts';
import type { LiveSession, ServerKind } from './server-kind.ts';
import { WaitingRoom } from './waiting-room.ts';
import { createPlaceWait } from './waits.ts';

/** How often clients that wait look for a place that another listener has freed, as in the epoll engine. */
const LOOK_MS = 100;

/** One open listener: accepts and admits clients, holds those that have to wait, and knows its sessions. */
export class Listener {
  readonly #serving: ServerKind;
  readonly #fault: (message: string, error: unknown) => void;
  readonly #sessions = new Set<LiveSession>();
  readonly #waiting = new WaitingRoom(() => this.#checkIdle());
  readonly #places: PlaceWait;
  readonly #servers: ListeningServers;
  #rules: ListenerRules;
  /** The local address of all connections, if there is only one; reading it for each would cost a system call. */
  #local: Address | null = null;
  #idle: (() => void) | null = null;
  #left: Promise<void> | null = null;
  #leaves = false;
  #ticker: NodeJS.Timeout | null = null;
  #later: NodeJS.Timeout | null = null;
  #aborted: CloseReason | null = null;

  constructor(
    rules: ListenerRules,
    serving: (rules: () => ListenerRules) => ServerKind,
    fault: (message: string, error: unknown) => void,
    raw: RawCalls = {},
  ) {
    this.#rules = rules;
    this.#fault = fault;
    this.#places = createPlaceWait(rules.context.now, () => this.#checkIdle());
    this.#serving = serving(() => this.#rules);
    this.#servers = new ListeningServers(
      this.#serving.server,
      rules.plan.listen,
      raw,
      (socket) => this.#accept(socket),
      // A client that would have to wait here can wait in the kernel's queue instead.
      () => this.#waiting.size === 0,
    );
  }

  get rules(): ListenerRules {
    return this.#rules;
  }

  get sessions(): Iterable<LiveSession> {
    return this.#sessions;
  }

  /** The address with the actual port. */
  get open(): OpenListener {
    const { id, name } = this.#rules.plan;
    return { id, name, address: this.#servers.address };
  }

  /** Opens the port or path. Rejects with a `StartError`. */
  async start(): Promise<void> {
    await this.#servers.open(this.#rules.plan, (error) => this.#acceptError(error));
    const { address } = this.#servers;
    const isOneAddress = address.kind === 'tcp' && address.ip?.some((byte) => byte !== 0) === true;
    if (isOneAddress) this.#local = { ip: address.ip!, port: address.port };
  }

  /** Empty if Node has bound it. */
  get sockets(): readonly HeldSocket[] {
    const { name } = this.#rules.plan;
    const { fds, address } = this.#servers;
    return fds.map((fd, worker) => ({ name, address, worker, fd }));
  }

  /** New sessions follow the new rules; open ones keep their own. */
  change(rules: ListenerRules): void {
    const isSameTick = tickMs(rules.plan) === tickMs(this.#rules.plan);
    this.#rules = rules;
    // A timer that began anew with every plan would never fire while plans come faster: no deadline would be met.
    if (this.#ticker !== null && !isSameTick) {
      this.#stopTicking();
      this.#tickOften();
      this.#tick();
    }
    this.#serveWaiting();
  }

  /**
   * Closes kept connections to endpoints that have left the pool, and ends their sessions if the plan says so. `inForce` are
   * the rules of each open listener, by id. A closed listener follows those of its id as well, and a session those of the
   * listener that accepted it, whose socket may have moved since.
   */
  followPools(inForce: ReadonlyMap<number, ListenerRules>): void {
    const own = inForce.get(this.#rules.plan.id);
    if (own !== undefined) this.#serving.followPool?.(own);
    if (this.#sessions.size === 0 || ![...inForce.values()].some(({ known }) => known !== null)) return;
    for (const served of [...this.#sessions]) {
      const known = inForce.get(served.ledger.rules.plan.id)?.known ?? null;
      if (known !== null && served.ledger.outlives(known)) served.giveUp('endpoint_gone');
    }
  }

  /**
   * Serves the clients in the kernel's queue, stops accepting, and resolves when the last session has ended. `isTakenOver`: who
   * would have to wait stays in the queue, for another process accepts from it.
   */
  leave(isTakenOver = false): Promise<void> {
    this.#left ??= this.#leave(isTakenOver);
    return this.#left;
  }

  /** Resets every session, open or still to come. `leave` then resolves. */
  abort(reason: CloseReason): void {
    this.#aborted = reason;
    this.#waiting.close();
    for (const served of this.#sessions) served.abort(reason);
  }

  async #leave(isTakenOver: boolean): Promise<void> {
    this.#leaves = true;
    await this.#servers.close(isTakenOver);
    for (const served of this.#sessions) served.leave?.();
    if (this.#isBusy()) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    this.#serving.close?.();
  }

  #isBusy(): boolean {
    return this.#sessions.size > 0 || this.#waiting.size > 0 || this.#places.size > 0;
  }

  #acceptError(error: Error): void {
    this.#rules.counters[COUNTER.acceptErrors]! += 1;
    this.#fault('a connection could not be accepted', error);
  }

  #accept(socket: Socket): void {
    const { limits } = this.#rules.plan;
    if (this.#aborted !== null) this.#refuse(socket, this.#aborted);
    // Waiting clients came first.
    else if (this.#waiting.size === 0 && this.#rules.limit.acquire()) this.#serve(socket);
    else if (limits.overLimit === 'wait' && this.#waiting.hold(socket, this.#leaves)) this.#lookLater();
    else if (limits.overLimit === 'wait') this.#refuse(socket, 'over_limit');
    else this.#waitForPlace(socket);
  }

  /** Over the limit, with `--over-limit refuse`. The end of another session may be pending, so the client waits for a moment. */
  #waitForPlace(socket: Socket): void {
    socket.on('error', ignore);
    const look = () => {
      if (socket.destroyed) {
        this.#refuse(socket, 'probe');
        return true;
      }
      if (this.#aborted !== null || !this.#rules.limit.acquire()) return false;
      socket.off('error', ignore);
      this.#serve(socket);
      return true;
    };
    this.#places.begin(this.#rules.plan.limits.maxSessions, look, () => this.#refuse(socket, 'over_limit'));
  }

  #serve(socket: Socket): void {
    const rules = this.#rules;
    const unix = rules.plan.listen.kind === 'unix';
    const peer = unix ? null : peerAddress(socket);
    const local = unix ? null : (this.#local ?? localAddress(socket));
    const ledger = new Ledger(rules, peer ?? null, local ?? null);
    if (peer === undefined || local === undefined) {
      // It has closed since its handshake.
      this.#drop(socket, ledger, 'probe', true);
      return;
    }
    const first = rules.firstBytes(peer);
    if (first === 'untrusted') {
      this.#drop(socket, ledger, 'untrusted', true);
      return;
    }
    const reader = first === 'headerless' ? null : first;
    const served = this.#serving.serve(socket, ledger, reader, this.#places, this.#ended);
    this.#sessions.add(served);
    if (this.#ticker === null) this.#tickOften();
    if (this.#left !== null) served.leave?.();
  }

  #refuse(socket: Socket, reason: CloseReason): void {
    const unix = this.#rules.plan.listen.kind === 'unix';
    const peer = unix ? null : (peerAddress(socket) ?? null);
    this.#drop(socket, new Ledger(this.#rules, peer, null), reason, false);
  }

  /** Refuses a client before anything was read. */
  #drop(socket: Socket, ledger: Ledger, reason: CloseReason, reserved: boolean): void {
    socket.on('error', ignore);
    resetSocket(socket);
    ledger.end(reason, null, reserved, null);
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

  /** If all listeners together have as many sessions as they may, the end of any session makes a place. */
  #lookLater(): void {
    if (this.#later !== null || this.#rules.plan.limits.maxSessionsOfAll === 0) return;
    this.#later = setTimeout(() => {
      this.#later = null;
      this.#serveWaiting();
      if (this.#waiting.size > 0) this.#lookLater();
    }, LOOK_MS);
  }

  /** The same function for all sessions: no closure each. */
  readonly #ended = (served: LiveSession): void => {
    this.#sessions.delete(served);
    this.#serveWaiting();
    this.#checkIdle();
  };

  #tickOften(): void {
    this.#ticker = setInterval(() => this.#tick(), tickMs(this.#rules.plan));
  }

  #tick(): void {
    const now = this.#rules.context.now();
    for (const served of this.#sessions) served.tick(now);
    if (this.#sessions.size === 0) this.#stopTicking();
  }

  #stopTicking(): void {
    if (this.#ticker !== null) clearInterval(this.#ticker);
    this.#ticker = null;
  }

  #checkIdle(): void {
    if (this.#isBusy() || this.#left === null) return;
    this.#stopTicking();
    if (this.#later !== null) clearTimeout(this.#later);
    this.#later = null;
    this.#idle?.();
  }
}

/** The error does not matter: the client is refused anyway. */
function ignore(): void {}

/**
 * The interval of the one timer that checks the deadlines of all sessions: a tenth of the shortest, so that each is met
 * within a tenth of itself. Two or three timers a session would cost a tenth of a short connection.
 */
function tickMs({ timeouts, admission }: ListenerPlan): number {
  const { connectMs, idleMs, halfCloseMs, maxSessionAgeMs } = timeouts;
  const set = [connectMs, idleMs, halfCloseMs, maxSessionAgeMs, admission.headerTimeoutMs].filter(
    (ms) => ms > 0,
  );
  return Math.min(Math.max(Math.min(...set) / 10, 5), 1000);
}
