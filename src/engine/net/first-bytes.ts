import type { CloseReason } from '../../plan/close-reason.ts';
import { GUARD_MS, type HeaderReader, type HeaderVerdict } from '../../session/header-reader.ts';
import type { Ledger } from '../../session/ledger.ts';
import type { Header } from '../../wire/header.ts';

/** Who hears what the first bytes of a client are. */
export interface NetFirstBytesOwner {
  readonly ledger: Ledger;
  /** The client is turned away. */
  abort(reason: CloseReason, detail: string | null): void;
  /** These bytes may go on. `over`: so may all that follow. */
  came(rest: Uint8Array, header: Header | null, over: boolean): void;
}

/** What a client sends, until that is decided. Its timer runs only while bytes are held back. */
export class NetFirstBytes {
  readonly #owner: NetFirstBytesOwner;
  #reader: HeaderReader;
  #held: NodeJS.Timeout | null = null;

  constructor(reader: HeaderReader, owner: NetFirstBytesOwner) {
    this.#reader = reader;
    this.#owner = owner;
  }

  get reader(): HeaderReader {
    return this.#reader;
  }

  take(chunk: Uint8Array): void {
    this.#tell(this.#reader.take(chunk));
  }

  /** The stream has ended, or broken: what is held will not become a header. */
  end(): void {
    this.#tell(this.#reader.end());
  }

  /** The deadline of the header has passed, or bytes were held for long enough. */
  timeout(): void {
    this.#tell(this.#reader.timeout());
  }

  stop(): void {
    if (this.#held !== null) clearTimeout(this.#held);
  }

  #tell(verdict: HeaderVerdict): void {
    if (verdict.kind === 'more') {
      if (this.#reader.held > 0) this.#held ??= setTimeout(() => this.timeout(), GUARD_MS);
    } else if (verdict.kind === 'refused') this.#owner.abort(verdict.reason, verdict.detail);
    else {
      const { rest } = verdict;
      const over = verdict.kind === 'header' || (!verdict.watched && !this.#guardsNow(rest));
      if (over) this.stop();
      this.#owner.came(rest, verdict.kind === 'header' ? verdict.header : null, over);
    }
  }

  /** A client that was silent where a header is optional may still not send one. */
  #guardsNow(rest: Uint8Array): boolean {
    const reader = rest.length === 0 ? this.#owner.ledger.rules.afterSilence() : null;
    if (reader !== null) this.#reader = reader;
    return reader !== null;
  }
}
