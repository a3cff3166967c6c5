import type { Socket } from 'node:net';
import { resetSocket } from '../../accept/reset-socket.ts';

/**
 * Node can't stop accepting, so `--over-limit wait` accepts and holds: so many sockets wait, unserved and in order,
 * as they would in the kernel's queue.
 */
export const WAITING_ROOM = 511;

/** Sockets that wait for a place, unserved and oldest first. */
export class WaitingRoom {
  /** With what is called when they give up. */
  readonly #waiting = new Map<Socket, () => void>();
  readonly #onGone: () => void;

  /** `onGone` is called when one of them has left by itself. */
  constructor(onGone: () => void) {
    this.#onGone = onGone;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** False where there is no room; of a listener that closes all are held, whose queue bounds them. */
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

  /** The oldest one, which is nobody's any more; null where it broke while it waited. */
  next(): Socket | null {
    for (const [socket, gone] of this.#waiting) {
      this.#waiting.delete(socket);
      socket.off('close', gone);
      // Its `close` is still to come.
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

/** Whatever happens to it, its `close` follows. */
function ignore(): void {}
