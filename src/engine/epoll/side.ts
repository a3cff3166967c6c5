import type { Watcher } from '../../loop/loop.ts';

/** Who a side tells what happened to it. */
export interface SideOwner {
  ready(side: Side, events: number): void;
}

/** One of the two connections of a session. */
export class Side implements Watcher {
  readonly name: 'client' | 'endpoint';
  readonly fd: number;
  readonly #owner: SideOwner;
  /** There may be bytes to read: the kernel says so once, until a read came back short. */
  readable = true;
  /** The peer's end is among what can be read: no event will say so again. */
  hungUp = false;
  /**
   * A short read does not mean that nothing is left: both directions are over, or broken, and 0 or an error
   * has to be met; or there are marks at which the kernel stops reading, of urgent data or, on a unix socket,
   * of descriptors that were passed along.
   */
  readOn: boolean;
  /** The kernel has said that the connection is broken; what it sent before may still be read. */
  failed = false;
  /** An error that a read has met already: the kernel tells it once. */
  error = 0;
  /** Its stream has ended. */
  ended = false;
  /** Our stream to it has ended. */
  finSent = false;
  /**
   * Nagle's delay is still on: it holds nothing back before something was sent, and is turned off before the second
   * time, which a short session never comes to. What a listener accepts has inherited that it is off.
   */
  delays: boolean;
  /** Something was sent to it. */
  sentTo = false;
  /** What it has not taken yet, and how much of that it has. */
  backlog: Uint8Array | null = null;
  backlogAt = 0;

  constructor(name: Side['name'], fd: number, owner: SideOwner, isUnix: boolean) {
    this.name = name;
    this.fd = fd;
    this.#owner = owner;
    this.readOn = isUnix;
    this.delays = name === 'endpoint' && !isUnix;
  }

  ready(events: number): void {
    this.#owner.ready(this, events);
  }
}
