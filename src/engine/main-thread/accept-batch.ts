import { type Server, Socket } from 'node:net';

/** Calls of the kernel: Node has no function that accepts. */
export interface RawAccept {
  /** Accepts the next connection from the queue of a listening descriptor: its descriptor, or a negative errno. */
  readonly accept: (fd: number) => number;
  readonly close: (fd: number) => void;
}

/** The most accepts in one turn of the loop, so that open sessions have their turn. As in the epoll engine. */
const MOST_A_TURN = 64;

/**
 * Accepts what Node leaves in the queue. Node accepts one client a turn of its loop: if each turn has much to do for
 * open sessions, new clients wait for seconds.
 */
export class AcceptBatch {
  readonly #raw: RawAccept;
  readonly #fd: number;

  private constructor(raw: RawAccept, fd: number) {
    this.#raw = raw;
    this.#fd = fd;
  }

  /**
   * For a server that listens, until it is closed. Null if its descriptor is not known: Node has no public name for it, and
   * a worker of `node:cluster` has none.
   */
  static of(raw: RawAccept | undefined, server: Server): AcceptBatch | null {
    const fd: unknown = Reflect.get(Object(Reflect.get(server, '_handle')), 'fd');
    return raw === undefined || typeof fd !== 'number' || fd < 0 ? null : new AcceptBatch(raw, fd);
  }

  /** Accepts the clients behind the one that Node has accepted in this turn, as long as `wanted` gives true. */
  acceptRest(accept: (socket: Socket) => void, wanted: () => boolean): void {
    for (let taken = 1; taken < MOST_A_TURN && wanted(); taken++) {
      const socket = this.#next();
      if (socket === null) return;
      accept(socket);
    }
  }

  /** Empties the queue of a listener that closes. `most` bounds it, so that new clients cannot keep the listener open. */
  acceptAll(accept: (socket: Socket) => void, wanted: () => boolean, most: number): void {
    for (let taken = 0; taken < most && wanted(); taken++) {
      const socket = this.#next();
      if (socket === null) return;
      accept(socket);
    }
  }

  /** Null if nobody waits, and on an error (no descriptor is left): Node meets that in its next turn and reports it. */
  #next(): Socket | null {
    const fd = this.#raw.accept(this.#fd);
    if (fd < 0) return null;
    try {
      // With the options that Node gives the sockets of a server like ours.
      const socket = new Socket({ fd, allowHalfOpen: true, readable: true, writable: true });
      return socket.setNoDelay(true);
    } catch {
      this.#raw.close(fd);
      return null;
    }
  }
}
