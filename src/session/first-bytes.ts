import { GUARD_MS, type HeaderReader, type HeaderVerdict } from './header-reader.ts';
import type { ListenerRules } from './listener-rules.ts';

const NEVER = Number.POSITIVE_INFINITY;

/**
 * The first bytes of a client, until they are decided. `HeaderReader` judges them; this class limits how long bytes of a guarded client
 * are held back. A client that may send a header but was silent until the deadline is guarded from then on, so that a late header of
 * its own does not reach the endpoint.
 */
export class FirstBytes {
  readonly #rules: ListenerRules;
  #reader: HeaderReader;
  /** Until when bytes are held back, in the worker's milliseconds; Infinity: none are. */
  heldUntilMs = NEVER;
  /** They are decided; later bytes are passed on without a check. */
  isOver = false;

  constructor(reader: HeaderReader, rules: ListenerRules) {
    this.#reader = reader;
    this.#rules = rules;
  }

  /** True if the client is headerless and known, and its bytes are only checked for a header. */
  get guards(): boolean {
    return this.#reader.guards;
  }

  /** How many bytes are held back. */
  get held(): number {
    return this.#reader.held;
  }

  /** A view of all bytes so far. */
  get bytes(): Uint8Array {
    return this.#reader.bytes;
  }

  take(chunk: Uint8Array): HeaderVerdict {
    const verdict = this.#reader.take(chunk);
    if (verdict.kind !== 'more') this.#decided(verdict, true);
    else if (this.held > 0 && this.heldUntilMs === NEVER) {
      this.heldUntilMs = this.#rules.context.now() + GUARD_MS;
    }
    return verdict;
  }

  /** The stream has ended or broken, so held bytes cannot become a header. */
  end(): HeaderVerdict {
    const verdict = this.#reader.end();
    this.#decided(verdict, false);
    return verdict;
  }

  /** The deadline of the header, or of held bytes, has passed. */
  timeout(): HeaderVerdict {
    const verdict = this.#reader.timeout();
    this.#decided(verdict, true);
    return verdict;
  }

  #decided(verdict: HeaderVerdict, more: boolean): void {
    this.heldUntilMs = NEVER;
    if (verdict.kind === 'header') this.isOver = true;
    if (verdict.kind !== 'headerless' || verdict.watched) return;
    const guard = more && verdict.rest.length === 0 ? this.#rules.afterSilence() : null;
    if (guard === null) this.isOver = true;
    else this.#reader = guard;
  }
}
