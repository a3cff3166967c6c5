import type { Socket } from 'node:net';
import type { CloseReason } from '../plan/close-reason.ts';
import type { HeaderReader, HeaderVerdict } from '../session/header-reader.ts';
import type { Header } from '../wire/header.ts';
import { resetSocket } from './reset-socket.ts';

/** Why a socket was refused, and the bytes that it had sent (a view). */
export interface HeaderRefusal {
  readonly reason: CloseReason;
  readonly detail: string | null;
  readonly bytes: Uint8Array;
}

/** How the phase ended. Unless it is `accepted`, the socket has been destroyed. */
export type HeaderOutcome =
  | { readonly kind: 'accepted'; readonly header: Header | null }
  | ({ readonly kind: 'refused' } & HeaderRefusal)
  | { readonly kind: 'gone' };

/**
 * A socket from its accept to the last byte of its header. Reads in paused mode and hands the socket over as if the header
 * had never been there: without listeners, with the bytes after the header pushed back, and not flowing. Reports once.
 */
export class HeaderPhase {
  /** In milliseconds of `performance.now`. */
  readonly deadline: number;
  readonly #socket: Socket;
  readonly #reader: HeaderReader;
  readonly #report: (phase: HeaderPhase, outcome: HeaderOutcome) => void;
  /** With `pauseOnConnect` the server must receive the socket paused, because it calls `resume()` itself. */
  readonly #wasPaused: boolean;
  #state: 'reading' | 'decided' | 'over' = 'reading';

  constructor(
    socket: Socket,
    reader: HeaderReader,
    deadline: number,
    report: (phase: HeaderPhase, outcome: HeaderOutcome) => void,
  ) {
    this.deadline = deadline;
    this.#socket = socket;
    this.#reader = reader;
    this.#report = report;
    this.#wasPaused = socket.isPaused();
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
    socket.on('end', this.#onEnd);
    socket.on('readable', this.#onReadable);
  }

  /** Called when the deadline has passed. */
  expire(): void {
    if (this.#state === 'reading') this.#apply(this.#reader.timeout());
  }

  /** Refuses the socket because too many are waiting. */
  evict(): void {
    this.#refuse('over_limit', null);
  }

  /** Resets the socket, because the server no longer accepts it. */
  abandon(): void {
    if (this.#state === 'over') return;
    resetSocket(this.#socket);
    this.#finish({ kind: 'gone' });
  }

  readonly #onReadable = (): void => {
    const socket = this.#socket;
    for (let length = socket.readableLength; length > 0; length = socket.readableLength) {
      // Reads exactly the buffered bytes: asking for more would make the stream emit an `end` that the server must get.
      // (Asking for more than the high water mark would raise the mark.)
      const chunk: Uint8Array = length > socket.readableHighWaterMark ? socket.read() : socket.read(length);
      this.#apply(this.#reader.take(chunk));
      if (this.#state !== 'reading') return;
    }
    // Nothing is buffered and nothing is decided: lets the stream read on, or emit its end.
    socket.read(0);
  };

  readonly #onEnd = (): void => {
    if (this.#state === 'reading') this.#apply(this.#reader.end());
  };

  readonly #onError = (): void => {
    this.#refuse(this.#reader.bytes.length === 0 ? 'probe' : 'header_reset', null);
  };

  readonly #onClose = (): void => {
    if (this.#state !== 'over') this.#finish({ kind: 'gone' });
  };

  #apply(verdict: HeaderVerdict): void {
    if (verdict.kind === 'refused') this.#refuse(verdict.reason, verdict.detail);
    else if (verdict.kind === 'headerless') this.#accept(null, verdict.rest);
    else if (verdict.kind === 'header') this.#accept(verdict.header, verdict.rest);
  }

  #accept(header: Header | null, rest: Uint8Array): void {
    this.#state = 'decided';
    const socket = this.#socket;
    socket.off('readable', this.#onReadable);
    socket.off('end', this.#onEnd);
    if (rest.length > 0) socket.unshift(rest);
    // A stream notices only on the next tick that its last `readable` listener is gone, and then undoes a `pause()` called
    // in between. Microtasks run after the ticks and before any new event from the network.
    queueMicrotask(() => {
      if (this.#state !== 'decided') return;
      socket.off('error', this.#onError);
      socket.off('close', this.#onClose);
      if (this.#wasPaused) socket.pause();
      this.#finish({ kind: 'accepted', header });
    });
  }

  /** The `error` listener stays, so that later errors of this socket are ignored instead of thrown. */
  #refuse(reason: CloseReason, detail: string | null): void {
    if (this.#state === 'over') return;
    const bytes = this.#reader.bytes;
    if (reason === 'probe') this.#socket.destroy();
    else resetSocket(this.#socket);
    this.#finish({ kind: 'refused', reason, detail, bytes });
  }

  #finish(outcome: HeaderOutcome): void {
    this.#state = 'over';
    this.#report(this, outcome);
  }
}
