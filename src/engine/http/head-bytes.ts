import { type AnswerHeadResult, MAX_ANSWER_HEAD_BYTES, parseAnswerHead } from './parse-answer-head.ts';

const FIRST_BYTES = 1024;

/** The bytes of a head that has not come whole: kept, and looked through once, however small the parts are. */
export class HeadBytes {
  #kept: Buffer | null = null;
  #length = 0;

  /** How many bytes wait for the rest of their head. */
  get length(): number {
    return this.#length;
  }

  /** What comes from `from` on, behind what is kept. A head's `length` counts from `from`. */
  parse(bytes: Buffer, from: number, toHead: boolean): AnswerHeadResult {
    const before = this.#length;
    if (before === 0) {
      const fresh = from === 0 ? bytes : bytes.subarray(from);
      const result = parseAnswerHead(fresh, toHead);
      if (result.kind === 'incomplete') this.#keep(fresh);
      return result;
    }
    this.#keep(bytes.subarray(from, from + MAX_ANSWER_HEAD_BYTES + 1 - before));
    // The empty line may have begun in the last two bytes.
    const result = parseAnswerHead(this.#kept!.subarray(0, this.#length), toHead, Math.max(before - 2, 0));
    if (result.kind === 'incomplete') return result;
    this.#kept = null;
    this.#length = 0;
    return result.kind === 'head' ? { ...result, length: result.length - before } : result;
  }

  #keep(bytes: Buffer): void {
    const length = this.#length + bytes.length;
    if (this.#kept === null || this.#kept.length < length) {
      const grown = Buffer.allocUnsafe(Math.max(FIRST_BYTES, 2 * length));
      this.#kept?.copy(grown, 0, 0, this.#length);
      this.#kept = grown;
    }
    bytes.copy(this.#kept, this.#length);
    this.#length = length;
  }
}
