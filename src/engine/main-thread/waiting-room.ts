import type { Socket } from 'node:net';
import { resetSocket } from '../../accept/reset-socket.ts';

/**
 * The most sockets that wait. Node cannot stop accepting, so `--over-limit wait` accepts clients and holds them in order,
 * as the kernel's queue would. 511 is the backlog of Node's own servers.
 */
export const WAITING_ROOM = 511;

/** Accepted sockets that wait for a session, oldest first. */
export class WaitingRoom {
  /** Each with its listener of `close`. */
  readonly #waiting = new Map<Socket, () => void>();
  readonly #onGone: () => void;

  /** `onGone` is called if the client of one of them has closed it. */
  constructor(onGone: () => void) {
    this.#onGone = onGone;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** False if there is no room. A listener that `closes` holds all it has accepted: its queue bounds their number. */
  hold(socket: Socket, closes = false): boolean {
    if (this.#waiting.size >= WAITING_ROOM && !closes) return false;
    const gone = () => {
      this.#waiting.delete(socket);
      this.#onGone();
    };
    this.#waiting.set(socket, gone);
    socket.on('error', ignore);
    socket.on('close', gone);
    return true;
  }

  /** Removes the oldest one and gives it to the caller; null if it broke while it waited. */
  next(): Socket | null {
    for (const [socket, gone] of this.#waiting) {
      this.#waiting.delete(socket);
      socket.off('close', gone);
      // Its `close` event is still to come.
      if (socket.destroyed) return null;
      socket.off('error', ignore);
      return socket;
    }
    return null;
  }

  /** Resets them all. */
  close(): void {
    for (const [socket, gone] of this.#waiting) {
      socket.off('close', gone);
      resetSocket(socket);
    }
    this.#waiting.clear();
    this.#onGone();
  }
}

/** `close` follows every error. */
function ignore(): void {}
