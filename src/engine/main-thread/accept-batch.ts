import { type Server, Socket } from 'node:net';

/** The kernel's own calls, where a program has them: Node has none to accept with. */
export interface RawAccept {
  /** The next connection in the queue of a listening descriptor: its descriptor, or a negative errno where there is none. */
  readonly accept: (fd: number) => number;
  readonly close: (fd: number) => void;
}

/** What is accepted in one turn of the loop, as the epoll engine does: others have their turn as well. */
const MOST_A_TURN = 64;

/**
 * Node accepts one client a turn of its loop: while each turn has much to do for those who are here, others wait in the
 * queue for seconds. So whatever else waits there is taken in the same turn.
 */
export class AcceptBatch {
  readonly #raw: RawAccept;
  readonly #fd: number;

  /** The server listens. */
  private constructor(raw: RawAccept, fd: number) {
    this.#raw = raw;
    this.#fd = fd;
  }

  /**
   * Null where the descriptor of a server is not known: Node has no public name for it, and a worker of `node:cluster`
   * has none. Good until the server is closed.
   */
  static of(raw: RawAccept | undefined, server: Server): AcceptBatch | null {
    const fd: unknown = Reflect.get(Object(Reflect.get(server, '_handle')), 'fd');
    return raw === undefined || typeof fd !== 'number' || fd < 0 ? null : new AcceptBatch(raw, fd);
  }

  /** Hands over who waits behind the one that Node has accepted in this turn, while `wanted` says so. */
  takeRest(accept: (socket: Socket) => void, wanted: () => boolean): void {
    for (let taken = 1; taken < MOST_A_TURN && wanted(); taken++) {
      const socket = this.#next();
      if (socket === null) return;
      accept(socket);
    }
  }

  /** Hands over all who wait, for a listener that closes; who goes on coming does not keep it open. */
  takeAll(accept: (socket: Socket) => void, most: number): void {
    for (let taken = 0; taken < most; taken++) {
      const socket = this.#next();
      if (socket === null) return;
      accept(socket);
    }
  }

  /** What can't be accepted (no descriptor is left) Node meets in its next turn, and tells of it. */
  #next(): Socket | null {
    const fd = this.#raw.accept(this.#fd);
    if (fd < 0) return null;
    try {
      // As Node makes those that it accepts of servers like ours.
      const socket = new Socket({ fd, allowHalfOpen: true, readable: true, writable: true });
      return socket.setNoDelay(true);
    } catch {
      this.#raw.close(fd);
      return null;
    }
  }
}
