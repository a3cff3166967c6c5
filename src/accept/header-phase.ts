import type { Socket } from 'node:net';
import type { CloseReason } from '../plan/close-reason.ts';
import type { HeaderReader, HeaderVerdict } from '../session/header-reader.ts';
import type { Header } from '../wire/header.ts';
import { resetSocket } from './reset-socket.ts';

/** Why a socket was refused, and the bytes that it had sent: a view. */
export interface HeaderRefusal {
  readonly reason: CloseReason;
  readonly detail: string | null;
  readonly bytes: Uint8Array;
}

/** How the phase ended. Where it is not `accepted` the socket is destroyed already. */
export type HeaderOutcome =
  | { readonly kind: 'accepted'; readonly header: Header | null }
  | ({ readonly kind: 'refused' } & HeaderRefusal)
  | { readonly kind: 'gone' };

/**
 * A socket from its accept to the last byte of its header. Reads in paused mode, and hands the socket over as if
 * the header had never been there: no listener left, what follows the header put back, not flowing. Reports once.
 */
export class HeaderPhase {
  /** On the clock of `performance.now`. */
  readonly deadline: number;
  readonly #socket: Socket;
  readonly #reader: HeaderReader;
  readonly #report: (phase: HeaderPhase, outcome: HeaderOutcome) => void;
  /** With `pauseOnConnect` the server waits for `resume()`, and finds the socket paused again. */
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

  /** The deadline has passed. */
  expire(): void {
    if (this.#state === 'reading') this.#take(this.#reader.timeout());
  }

  /** Others need the room. */
  evict(): void {
    this.#refuse('over_limit', null);
  }

  /** Resets the socket: nobody is there any more to hand it to. */
  abandon(): void {
    if (this.#state === 'over') return;
    resetSocket(this.#socket);
    this.#finish({ kind: 'gone' });
  }

  readonly #onReadable = (): void => {
    const socket = this.#socket;
    for (let length = socket.readableLength; length > 0; length = socket.readableLength) {
      // Exactly what is there: to ask for more makes the stream emit an `end` that belongs to the server. (More
      // than the mark can't be asked for, that would move the mark.)
      const chunk: Uint8Array = length > socket.readableHighWaterMark ? socket.read() : socket.read(length);
      this.#take(this.#reader.take(chunk));
      if (this.#state !== 'reading') return;
    }
    // Nothing is left and nothing decided: now the stream may go on, or say that it has ended.
    socket.read(0);
  };

  readonly #onEnd = (): void => {
    if (this.#state === 'reading') this.#take(this.#reader.end());
  };

  readonly #onError = (): void => {
    this.#refuse(this.#reader.bytes.length === 0 ? 'probe' : 'header_reset', null);
  };

  readonly #onClose = (): void => {
    if (this.#state !== 'over') this.#finish({ kind: 'gone' });
  };

  #take(verdict: HeaderVerdict): void {
    if (verdict.kind === 'refused') this.#refuse(verdict.reason, verdict.detail);
    else if (verdict.kind === 'plain') this.#accept(null, verdict.rest);
    else if (verdict.kind === 'header') this.#accept(verdict.header, verdict.rest);
  }

  #accept(header: Header | null, rest: Uint8Array): void {
    this.#state = 'decided';
    const socket = this.#socket;
    socket.off('readable', this.#onReadable);
    socket.off('end', this.#onEnd);
    if (rest.length > 0) socket.unshift(rest);
    // A stream forgets its last `readable` listener on the next tick, and then undoes a `pause()` that it was told
    // meanwhile. Microtasks run when the ticks have, and before anything new can come from the network.
    queueMicrotask(() => {
      if (this.#state !== 'decided') return;
      socket.off('error', this.#onError);
      socket.off('close', this.#onClose);
      if (this.#wasPaused) socket.pause();
      this.#finish({ kind: 'accepted', header });
    });
  }

  /** The `error` listener stays where it is: whatever still comes of this socket is nobody's concern. */
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
