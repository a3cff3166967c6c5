import type { CloseReason } from '../plan/close-reason.ts';
import type { AdmissionPlan } from '../plan/plan.ts';
import type { Header, ParseResult } from '../wire/header.ts';
import { parseHeader } from '../wire/parse-header.ts';

/**
 * The decision on the bytes so far. `rest` is a view of the bytes after the header, or of all bytes if there is no header. `header`
 * holds views of the reader's bytes, valid as long as the reader. `watched`: later bytes have to be judged as well.
 */
export type HeaderVerdict =
  | { readonly kind: 'more' }
  | { readonly kind: 'header'; readonly header: Header; readonly rest: Uint8Array }
  | { readonly kind: 'headerless'; readonly rest: Uint8Array; readonly watched?: true }
  | { readonly kind: 'refused'; readonly reason: CloseReason; readonly detail: string | null };

/**
 * How long bytes of a headerless client that may still become a header are held back. After that they are passed on, so that a person
 * who types is served.
 */
export const GUARD_MS = 1000;

/** How many of the first bytes of a refused client are in its record. */
export const RECORDED_BYTES = 64;

const MORE: HeaderVerdict = { kind: 'more' };
const NOTHING = new Uint8Array(0);

/**
 * Collects the first bytes of a client until they decide. A header may be split anywhere; --max-header limits it (spec §2).
 * The deadline is the caller's.
 *
 * - `required`, `optional`: the peer is trusted, and must or may send a header.
 * - `guard`: the peer is headerless, and Herald sends nothing in front of its bytes, so the endpoint would believe a header of the client's
 *   own. A complete signature is refused. A part of one is passed on after `GUARD_MS`, but the last byte of a signature never is.
 */
export class HeaderReader {
  readonly #plan: Pick<AdmissionPlan, 'acceptProxy' | 'maxHeaderBytes'>;
  readonly #rule: 'required' | 'optional' | 'guard';
  #bytes: Uint8Array = NOTHING;
  #length = 0;
  #owned = false;
  /** Fewer bytes than this cannot decide anything. */
  #wanted = 1;
  /** How many bytes were passed on although they may begin a header. */
  #passed = 0;

  constructor(
    plan: Pick<AdmissionPlan, 'acceptProxy' | 'maxHeaderBytes'>,
    rule: 'required' | 'optional' | 'guard',
  ) {
    this.#plan = plan;
    this.#rule = rule;
  }

  /** True if the client is headerless and known, and its bytes are only checked for a header. */
  get guards(): boolean {
    return this.#rule === 'guard';
  }

  /** How many bytes of a guarded client are held back. */
  get held(): number {
    return this.#rule === 'guard' ? this.#length - this.#passed : 0;
  }

  /** A view of all bytes so far. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Judges one more chunk. A first chunk that decides, as nearly all do, is not copied. */
  take(chunk: Uint8Array): HeaderVerdict {
    this.#append(chunk);
    const verdict =
      this.#length < this.#wanted ? MORE : this.#rule === 'guard' ? this.#guard() : this.#read();
    // Undecided bytes are copied, because an engine may reuse its buffer after this call.
    if (verdict === MORE && !this.#owned) this.#grow(this.#length);
    // The record of a refusal shows its bytes, and may be made later than that.
    else if (verdict.kind === 'refused' && !this.#owned) this.#keepRecorded();
    return verdict;
  }

  /** The stream has ended. */
  end(): HeaderVerdict {
    // The bytes of a guarded client cannot become a header any more.
    if (this.#rule === 'guard') return { kind: 'headerless', rest: this.#unpassed() };
    return refused(this.#length === 0 ? 'probe' : 'header_incomplete');
  }

  /**
   * The deadline of the header has passed, or bytes of a guarded client were held for `GUARD_MS`. If a header is optional, a client
   * that has sent nothing is headerless. The bytes of a guarded client are passed on.
   */
  timeout(): HeaderVerdict {
    if (this.#rule === 'guard') return this.#pass();
    if (this.#rule === 'optional' && this.#length === 0) return { kind: 'headerless', rest: NOTHING };
    return refused('header_timeout');
  }

  #read(): HeaderVerdict {
    const { acceptProxy, maxHeaderBytes } = this.#plan;
    const bytes = this.bytes;
    const result: ParseResult = parseHeader(bytes, {
      maxHeaderBytes,
      expect: acceptProxy === 'none' ? 'any' : acceptProxy,
    });
    switch (result.status) {
      case 'incomplete':
        this.#wanted = this.#length + result.need;
        return MORE;
      case 'header':
        return { kind: 'header', header: result.header, rest: bytes.subarray(result.length) };
      case 'absent':
        if (this.#rule === 'optional') return { kind: 'headerless', rest: bytes };
        return refused('header_absent');
      case 'invalid':
        if (result.code === 'v2_too_large') return refused('header_too_large', result.code);
        if (result.code.endsWith('_not_expected')) return refused('header_not_expected', result.code);
        return refused('header_invalid', result.code);
    }
  }

  #guard(): HeaderVerdict {
    const verdict = beginsHeader(this.bytes);
    if (verdict === 'yes') return refused('plain_header');
    if (verdict === 'no') return { kind: 'headerless', rest: this.#unpassed() };
    // Once some bytes were passed on, others need not wait: only the last byte of a signature is dangerous.
    return this.#passed === 0 ? MORE : this.#pass();
  }

  #pass(): HeaderVerdict {
    const rest = this.#unpassed();
    this.#passed = this.#length;
    return { kind: 'headerless', rest, watched: true };
  }

  #unpassed(): Uint8Array {
    return this.#bytes.subarray(this.#passed, this.#length);
  }

  /** The first chunk is used in place; further ones are joined in a buffer that doubles, so that n bytes cost O(n). */
  #append(chunk: Uint8Array): void {
    if (this.#length === 0) {
      this.#bytes = chunk;
      this.#length = chunk.length;
      this.#owned = false;
      return;
    }
    const length = this.#length + chunk.length;
    if (length > this.#bytes.length) this.#grow(length);
    this.#bytes.set(chunk, this.#length);
    this.#length = length;
  }

  #keepRecorded(): void {
    this.#bytes = new Uint8Array(this.bytes.subarray(0, RECORDED_BYTES));
    this.#length = this.#bytes.length;
    this.#owned = true;
  }

  #grow(length: number): void {
    const room = new Uint8Array(Math.max(length * 2, 128));
    room.set(this.bytes);
    this.#bytes = room;
    this.#owned = true;
  }
}

/** `yes` if the bytes begin with the complete signature of either version. */
function beginsHeader(bytes: Uint8Array): 'yes' | 'no' | 'maybe' {
  for (const signature of [V1, V2]) {
    let same = 0;
    while (same < signature.length && same < bytes.length && bytes[same] === signature[same]) same++;
    if (same === signature.length) return 'yes';
    if (same === bytes.length) return 'maybe';
  }
  return 'no';
}

const V1 = Uint8Array.from([0x50, 0x52, 0x4f, 0x58, 0x59]); // PROXY
// spec §2.2: \r\n\r\n\0\r\nQUIT\n
const V2 = Uint8Array.from([0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]);

function refused(reason: CloseReason, detail: string | null = null): HeaderVerdict {
  return { kind: 'refused', reason, detail };
}
