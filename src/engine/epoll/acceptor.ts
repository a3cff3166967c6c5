import { EPOLL } from '../../linux/epoll.ts';
import { ERRNO, errnoName } from '../../linux/errno.ts';
import { accept, localAddress, peer, reset } from '../../linux/socket.ts';
import type { Watcher } from '../../loop/loop.ts';
import { Alarm, type Timer } from '../../loop/timer-wheel.ts';
import type { CloseReason } from '../../plan/close-reason.ts';
import type { Address } from '../../session/client.ts';
import { Ledger } from '../../session/ledger.ts';
import type { ListenerRules } from '../../session/listener-rules.ts';
import { PlaceWait } from '../../session/place-wait.ts';
import { COUNTER } from '../../shared-memory/counters.ts';
import { EpollSession } from './epoll-session.ts';
import type { SessionKeeper } from './session-keeper.ts';
import type { WorkerParts } from './worker-parts.ts';

/** The most accepts in a row before other descriptors are served. */
const MOST_ACCEPTS = 64;
/** How long accepting pauses if no descriptor is left, or the limit is reached. */
const PAUSE_MS = 50;

/** A socket that a worker accepts from. */
interface AcceptSocket {
  /** It is listening. */
  readonly fd: number;
  /** Its actual port. */
  readonly port: number;
  /** True if other workers accept from it too. */
  readonly shared: boolean;
}

/**
 * When a worker looks into a shared queue once more. A process that it succeeds may have been woken for a client for which it had
 * no place: of those that share a queue one is woken, and it left the client there.
 */
const LOOK_AGAIN_MS = 1000;

/** One socket of a listener in one worker: accepts, admits, and knows its sessions. */
export class Acceptor implements Watcher, SessionKeeper<EpollSession> {
  readonly #parts: WorkerParts;
  readonly #fd: number;
  readonly #shared: boolean;
  readonly #fault: (message: string, errno: string) => void;
  readonly places: PlaceWait;
  /** Unordered; each session knows its index. A set would have to hash every session. */
  readonly #sessions: EpollSession[] = [];
  readonly #retry: Timer;
  /** The address that clients connect to, if it is the same for all. */
  readonly #local: Address | null;
  #rules: ListenerRules;
  /** Accepted while the listener closes, and waiting for a place. */
  readonly #held: { readonly fd: number; readonly client: Address | null }[] = [];
  #watched = false;
  #open = true;
  #aborted = false;
  #drained: (() => void) | null = null;

  constructor(
    parts: WorkerParts,
    { fd, port, shared }: AcceptSocket,
    rules: ListenerRules,
    fault: (message: string, errno: string) => void,
  ) {
    this.#parts = parts;
    this.#fd = fd;
    this.#shared = shared;
    this.#rules = rules;
    this.#fault = fault;
    const { loop } = parts;
    const settle = (task: () => void, times: number) => {
      const later = () => loop.later(task);
      // The task may be added while a batch is handled: only the next batch is sure to contain all events that are pending now.
      if (times === 1) loop.again(() => loop.again(later));
      else loop.shortly(later);
    };
    this.places = new PlaceWait({ now: () => loop.nowMs, settle }, () => this.#checkDrained());
    this.#retry = new Alarm(() => this.#resume());
    const { listen } = rules.plan;
    const specific = listen.kind === 'tcp' && listen.ip?.some((byte) => byte !== 0) === true;
    this.#local = specific ? { ip: listen.ip!, port } : null;
    this.#resume();
    if (!shared) return;
    const lookAgain = new Alarm(() => this.#watched && this.ready());
    loop.timers.set(lookAgain, rules.context.now() + LOOK_AGAIN_MS);
  }

  get rules(): ListenerRules {
    return this.#rules;
  }

  get sessions(): Iterable<EpollSession> {
    return this.#sessions;
  }

  get size(): number {
    return this.#sessions.length;
  }

  /** New sessions follow the new rules; open ones keep their own. */
  change(rules: ListenerRules): void {
    this.#rules = rules;
    this.#resume();
  }

  ready(): void {
    this.#acceptSome(MOST_ACCEPTS);
  }

  /** Ends sessions whose endpoint's slot is not among these. */
  endGone(known: ReadonlySet<number>): void {
    for (const served of [...this.#sessions]) {
      if (served.ledger.outlives(known)) served.abort('endpoint_gone');
    }
  }

  /**
   * Serves the clients in the kernel's queue, closes, and calls back once the last session has ended. `isTakenOver`: clients
   * above the limit stay in the queue, for another process accepts from it.
   */
  leave(drained: () => void, isTakenOver = false): void {
    this.#drained = drained;
    if (this.#open) {
      this.#open = false;
      // If the socket is handed to another listener, epoll would keep reporting events under this descriptor.
      if (this.#watched) this.#parts.loop.unwatch(this.#fd);
      this.#watched = false;
      if (isTakenOver) this.#serveQueue();
      else this.#emptyQueue();
      // At once, because a client that came after the last accept is reset.
      this.#parts.loop.closeNow(this.#fd);
      this.#serveHeld();
    }
    this.#checkDrained();
  }

  abort(reason: CloseReason): void {
    this.#aborted = true;
    for (const { fd } of this.#held.splice(0)) this.#parts.loop.reset(fd);
    this.#checkDrained();
    for (const session of [...this.#sessions]) session.abort(reason);
  }

  /** Accepts all clients in the queue of a listener that closes. Those above the limit wait here. */
  #emptyQueue(): void {
    for (;;) {
      const fd = accept(this.#fd);
      if (fd >= 0) this.#held.push({ fd, client: peer() });
      else if (fd !== -ERRNO.ECONNABORTED && fd !== -ERRNO.EINTR) return;
    }
  }

  /** Serves clients in the queue as long as there are places for them. */
  #serveQueue(): void {
    while (this.#rules.limit.acquire()) {
      const fd = accept(this.#fd);
      if (fd >= 0) this.#serve(fd, peer(), true);
      else {
        this.#rules.limit.release();
        if (fd !== -ERRNO.ECONNABORTED && fd !== -ERRNO.EINTR) return;
      }
    }
  }

  #serveHeld(): void {
    const { limit, plan } = this.#rules;
    while (this.#held.length > 0) {
      const reserved = limit.acquire();
      if (!reserved && plan.limits.overLimit === 'wait') {
        // A place may also become free in another worker.
        this.#parts.loop.timers.set(this.#retry, this.#rules.context.now() + PAUSE_MS);
        return;
      }
      const { fd, client } = this.#held.shift()!;
      this.#serve(fd, client, reserved);
    }
  }

  #checkDrained(): void {
    const isEmpty = this.#sessions.length === 0 && this.#held.length === 0 && this.places.size === 0;
    if (isEmpty && !this.#open) this.#drained?.();
  }

  #resume(): void {
    if (!this.#open) this.#serveHeld();
    if (!this.#open || this.#watched) return;
    this.#watched = true;
    this.#parts.loop.watch(this.#fd, EPOLL.IN | (this.#shared ? EPOLL.EXCLUSIVE : 0), this);
  }

  /** Removes the listener from the set: level-triggered, it would be reported in every turn. */
  #pause(): void {
    if (this.#watched) this.#parts.loop.unwatch(this.#fd);
    this.#watched = false;
    this.#parts.loop.timers.set(this.#retry, this.#rules.context.now() + PAUSE_MS);
  }

  #acceptSome(most: number): void {
    for (let count = 0; count < most; count++) {
      const rules = this.#rules;
      const reserved = rules.limit.acquire();
      if (!reserved && rules.plan.limits.overLimit === 'wait') {
        this.#pause();
        return;
      }
      const fd = accept(this.#fd);
      if (fd >= 0) {
        if (reserved) this.#serve(fd, peer(), true);
        else this.#waitForPlace(fd, peer());
        continue;
      }
      if (reserved) rules.limit.release();
      if (fd === -ERRNO.EAGAIN) return;
      // The client is gone, or a signal interrupted the call. Another client may be waiting.
      if (fd === -ERRNO.ECONNABORTED || fd === -ERRNO.EINTR) continue;
      rules.counters[COUNTER.acceptErrors]! += 1;
      this.#fault('a connection could not be accepted', errnoName(-fd));
      this.#pause();
      return;
    }
  }

  /** Above the limit, with `--over-limit refuse`. The end of another session may be pending, so the client waits for a moment. */
  #waitForPlace(fd: number, client: Address | null): void {
    this.#parts.descriptors.opened(fd);
    const look = () => {
      if (this.#aborted || !this.#rules.limit.acquire()) return false;
      this.#serve(fd, client, true);
      return true;
    };
    this.places.begin(this.#rules.plan.limits.maxSessions, look, () => this.#serve(fd, client, false));
  }

  #serve(fd: number, client: Address | null, reserved: boolean): void {
    const rules = this.#rules;
    const local = client === null ? null : (this.#local ?? localAddress(fd));
    const ledger = new Ledger(rules, client, local);
    const first = reserved ? rules.firstBytes(client) : 'over_limit';
    if (first === 'untrusted' || first === 'over_limit') {
      reset(fd);
      this.#parts.descriptors.closed(fd);
      ledger.end(first, null, reserved, null);
      return;
    }
    const served = new EpollSession(this.#parts, fd, ledger, first === 'headerless' ? null : first, this);
    served.place = this.#sessions.push(served) - 1;
    served.start();
  }

  ended(session: EpollSession): void {
    const last = this.#sessions.pop()!;
    if (last !== session) {
      this.#sessions[session.place] = last;
      last.place = session.place;
    }
    if (!this.#watched) this.#resume();
    this.#checkDrained();
  }
}
