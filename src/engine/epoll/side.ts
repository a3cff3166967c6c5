import { EPOLL } from '../../linux/epoll.ts';
import type { Watcher } from '../../loop/loop.ts';
import type { Ledger } from '../../session/ledger.ts';

/** Receives the events of a side. */
export interface SideOwner {
  readonly ledger: Ledger;
  ready(side: Side, events: number): void;
}

const READABLE = 1;
const HUNG_UP = 2;
const READ_ON = 4;
const FAILED = 8;
const ENDED = 16;
const FIN_SENT = 32;
const DELAYS = 64;
const SENT_TO = 128;
const CLIENT = 256;

/**
 * One of the two connections of a session. Its flags are bits of one number: as fields they would be a tenth of the memory of an idle
 * session.
 */
export class Side implements Watcher {
  readonly fd: number;
  readonly owner: SideOwner;
  #bits = READABLE;
  /** An error that a call has returned already; the kernel reports it only once. */
  error = 0;
  /** Bytes that could not be sent yet, and how many of them have been sent since. */
  backlog: Uint8Array | null = null;
  backlogAt = 0;
  /** The age of the session when `lostSide` first found the unacknowledged bytes; -1: the last check found none. */
  waitsSinceMs = -1;

  constructor(name: 'client' | 'endpoint', fd: number, owner: SideOwner, isUnix: boolean) {
    this.fd = fd;
    this.owner = owner;
    this.readOn = isUnix;
    this.#put(CLIENT, name === 'client');
    this.delays = name === 'endpoint' && !isUnix;
  }

  ready(events: number): void {
    this.owner.ready(this, events);
  }

  /** Sets the flags for these events. */
  note(events: number): void {
    if (events & (EPOLL.IN | EPOLL.RDHUP | EPOLL.HUP | EPOLL.ERR)) this.readable = true;
    if (events & EPOLL.RDHUP) this.hungUp = true;
    if (events & (EPOLL.HUP | EPOLL.ERR | EPOLL.PRI)) this.readOn = true;
  }

  get isClient(): boolean {
    return this.#has(CLIENT);
  }

  get name(): 'client' | 'endpoint' {
    return this.isClient ? 'client' : 'endpoint';
  }

  /** There may be bytes to read. The kernel reports that once; a short read clears it. */
  get readable(): boolean {
    return this.#has(READABLE);
  }

  set readable(is: boolean) {
    this.#put(READABLE, is);
  }

  /** The end of the peer's stream can be read; no further event will report that. */
  get hungUp(): boolean {
    return this.#has(HUNG_UP);
  }

  set hungUp(is: boolean) {
    this.#put(HUNG_UP, is);
  }

  /**
   * True if a short read does not mean that nothing is left. Either both directions have ended or broken, and only a read that returns
   * 0 or an error is the last one; or the kernel stops reads at marks of urgent data or, on a unix socket, of passed descriptors.
   */
  get readOn(): boolean {
    return this.#has(READ_ON);
  }

  set readOn(is: boolean) {
    this.#put(READ_ON, is);
  }

  /** The kernel has reported that the connection is broken. Earlier bytes can still be read. */
  get failed(): boolean {
    return this.#has(FAILED);
  }

  set failed(is: boolean) {
    this.#put(FAILED, is);
  }

  /** Its stream has ended. */
  get ended(): boolean {
    return this.#has(ENDED);
  }

  set ended(is: boolean) {
    this.#put(ENDED, is);
  }

  /** Our stream to it has ended. */
  get finSent(): boolean {
    return this.#has(FIN_SENT);
  }

  set finSent(is: boolean) {
    this.#put(FIN_SENT, is);
  }

  /**
   * Nagle's algorithm is still on. It cannot delay the first send, and is turned off before the second, which saves short sessions a
   * system call. Accepted sockets inherit from the listener that it is off.
   */
  get delays(): boolean {
    return this.#has(DELAYS);
  }

  set delays(is: boolean) {
    this.#put(DELAYS, is);
  }

  /** Something was sent to it. */
  get sentTo(): boolean {
    return this.#has(SENT_TO);
  }

  set sentTo(is: boolean) {
    this.#put(SENT_TO, is);
  }

  #has(bit: number): boolean {
    return (this.#bits & bit) !== 0;
  }

  #put(bit: number, is: boolean): void {
    this.#bits = is ? this.#bits | bit : this.#bits & ~bit;
  }
}
