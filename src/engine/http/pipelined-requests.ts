import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ServerRequest } from './server-request.ts';

interface Asked {
  readonly request: ServerRequest;
  readonly response: ServerResponse;
}

/**
 * With so many requests waiting, no more is read. What one read brought (64 KiB) is parsed to its end, so there
 * can be more; without this there would be no end of them while an endpoint thinks.
 */
const ENOUGH = 16;

/** Requests of one connection that wait for their turn, in order, and the one whose turn it is. */
export class PipelinedRequests {
  readonly #socket: Socket;
  readonly #waiting: Asked[] = [];
  #holds = false;
  #looks = false;
  /** The last one that had its turn. */
  current: Asked | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** The body of the one whose turn it is, or was last, is still under way. */
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

  /** Forgets the last one where its body can't be read to the end. */
  dropUnfinished(): boolean {
    if (this.#waiting.at(-1)?.request.complete !== false) return false;
    this.#waiting.pop();
    return true;
  }

  /**
   * Node's server resumes the socket behind each request and each answer, a tick later: the last word has to be
   * said after that, and before the loop reads again.
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
