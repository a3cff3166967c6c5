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
 * One of the two connections of a session. Its flags are one bit each: as fields they would be a tenth of what an idle session
 * takes.
 */
export class Side implements Watcher {
  readonly fd: number;
  readonly owner: SideOwner;
  #bits = READABLE;
  /** An error that was reported already: the kernel reports it once. */
  error = 0;
  /** Bytes that it has not taken yet, and how many of them were sent since. */
  backlog: Uint8Array | null = null;
  backlogAt = 0;
  /** The age of the session when a look (`lostSide`) first found bytes that are not acknowledged; -1: the last look found none. */
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

  /** Sets the flags that its events stand for. */
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

  /** There may be bytes to read. The kernel says so once; a short read ends it. */
  get readable(): boolean {
    return this.#has(READABLE);
  }

  set readable(is: boolean) {
    this.#put(READABLE, is);
  }

  /** The peer's end can be read: no event will say so again. */
  get hungUp(): boolean {
    return this.#has(HUNG_UP);
  }

  set hungUp(is: boolean) {
    this.#put(HUNG_UP, is);
  }

  /**
   * A short read does not mean that nothing is left. Either both directions are over or broken, and the read that returns 0 or an
   * error has to come; or the kernel stops a read at marks: of urgent data or, on a unix socket, of descriptors that were passed.
   */
  get readOn(): boolean {
    return this.#has(READ_ON);
  }

  set readOn(is: boolean) {
    this.#put(READ_ON, is);
  }

  /** The kernel has reported that the connection is broken; what it sent before may still be read. */
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
   * Nagle's algorithm is still on. It cannot delay the first send, and is turned off before the second, which a short session never
   * reaches. Accepted sockets inherit from the listener that it is off.
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
