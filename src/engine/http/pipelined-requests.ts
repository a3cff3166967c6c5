import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ServerRequest } from './server-request.ts';

interface Asked {
  readonly request: ServerRequest;
  readonly response: ServerResponse;
}

/**
 * With this many requests waiting, reading stops. One read (64 KiB) is always parsed completely, so there may be more. Without a
 * limit, a client could queue any number of requests while its endpoint is busy.
 */
const ENOUGH = 16;

/** The waiting requests of one connection, in order, and the current one. */
export class PipelinedRequests {
  readonly #socket: Socket;
  readonly #waiting: Asked[] = [];
  #holds = false;
  #looks = false;
  /** The one that is being answered, or was answered last. */
  current: Asked | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** The body of the current request is not complete. */
  get unfinished(): boolean {
    return this.current?.request.complete === false;
  }

  add(request: ServerRequest, response: ServerResponse): void {
    this.#waiting.push({ request, response });
    if (this.#waiting.length >= ENOUGH) this.#lookSoon();
  }

  next(): Asked | null {
    const next = this.#waiting.shift() ?? null;
    if (this.#holds || this.#waiting.length >= ENOUGH) this.#lookSoon();
    return next;
  }

  /** Removes the last waiting request if its body is incomplete. True if it did. */
  dropUnfinished(): boolean {
    if (this.#waiting.at(-1)?.request.complete !== false) return false;
    this.#waiting.pop();
    return true;
  }

  /**
   * Node's server resumes the socket one tick after each request and each answer. To stop reading, the socket must be paused after
   * that and before the loop reads again.
   */
  #lookSoon(): void {
    if (this.#looks) return;
    this.#looks = true;
    setImmediate(() => {
      this.#looks = false;
      if (this.#socket.destroyed) return;
      this.#holds = this.#waiting.length >= ENOUGH;
      if (this.#holds) this.#socket.pause();
      else this.#socket.resume();
    });
  }
}
