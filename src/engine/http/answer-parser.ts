import { ChunkedBody, type ChunkSink } from './chunked-body.ts';
import { type AnswerHead, HeadBytes } from './parse-answer-head.ts';

/** Receives the parts of an endpoint's answers. `answerEnd` or `answerInvalid` is the last call for an answer. */
export interface AnswerSink {
  /** For an interim answer (another head follows), for 101 (HTTP ends here, see `rest`), or for the final answer. */
  answerHead(head: AnswerHead): void;
  /** `bytes` is a view of the bytes read. */
  answerData(bytes: Buffer): void;
  /** `trailers` are names and values in turn. */
  answerEnd(trailers: readonly string[]): void;
  /** `absent`: the bytes are not HTTP at all, and no part of an answer preceded them. */
  answerInvalid(code: string, absent: boolean): void;
}

type State = 'idle' | 'head' | 'length' | 'chunked' | 'close' | 'switched' | 'broken';

/** How much of an answer had been received when the stream ended. */
export type StreamEnd = 'whole' | 'nothing' | 'unfinished';

const NO_TRAILERS: readonly string[] = [];

/**
 * Parses the answers of one connection, one after the other, however their bytes are split. No sockets, no clock; it never throws.
 *
 *     begin ──▶ head ─┬─▶ (1xx) head …
 *                     ├─▶ length, chunked, close ──▶ idle
 *                     ╰─▶ (101) switched             anything invalid ──▶ broken
 */
export class AnswerParser implements ChunkSink {
  /** Bytes were received that belong to no answer, so no later answer on this connection can be trusted. */
  excess = false;
  /** The bytes after the head of a 101. */
  rest: Buffer | null = null;
  #sink: AnswerSink | null = null;
  #state: State = 'idle';
  #toHead = false;
  /** An interim answer was received, but not yet the final one. */
  #interim = false;
  #left = 0;
  readonly #head = new HeadBytes();
  #chunks: ChunkedBody | null = null;

  /** The current body ends with the stream. */
  get endsWithStream(): boolean {
    return this.#state === 'close';
  }

  /** A request was sent (`toHead`: a HEAD), so its answer is next. */
  begin(sink: AnswerSink, toHead: boolean): void {
    this.#sink = sink;
    this.#state = 'head';
    this.#toHead = toHead;
    this.#interim = false;
  }

  read(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      switch (this.#state) {
        case 'head':
          at = this.#readHead(bytes, at);
          break;
        case 'length': {
          const to = Math.min(bytes.length, at + this.#left);
          this.#left -= to - at;
          this.#sink!.answerData(at === 0 && to === bytes.length ? bytes : bytes.subarray(at, to));
          at = to;
          if (this.#left === 0 && this.#state === 'length') this.#end(NO_TRAILERS, at < bytes.length);
          break;
        }
        case 'chunked':
          at = this.#readChunks(bytes, at);
          break;
        case 'close':
          this.#sink!.answerData(bytes.subarray(at));
          return;
        case 'idle':
          this.excess = true;
          return;
        case 'switched':
        case 'broken':
          return;
      }
    }
  }

  /** The endpoint has ended its stream, which may be the end of an answer. Returns how much of it had been received. */
  end(): StreamEnd {
    switch (this.#state) {
      case 'close':
        this.#end(NO_TRAILERS, false);
        return 'whole';
      case 'head':
        return this.#interim || this.#head.length > 0 ? 'unfinished' : 'nothing';
      case 'length':
      case 'chunked':
      case 'broken':
        return 'unfinished';
      default:
        return 'whole';
    }
  }

  chunkData(bytes: Buffer): void {
    this.#sink!.answerData(bytes);
  }

  #readHead(bytes: Buffer, from: number): number {
    const result = this.#head.parse(bytes, from, this.#toHead);
    if (result.kind === 'incomplete') return bytes.length;
    if (result.kind !== 'head') {
      const absent = result.kind === 'absent';
      this.#break(absent ? 'HPE_INVALID_CONSTANT' : result.code, absent && !this.#interim);
      return bytes.length;
    }
    const at = from + result.length;
    this.#begin(result, bytes.subarray(at));
    return at;
  }

  #begin(head: AnswerHead, rest: Buffer): void {
    if (head.status === 101) {
      this.#state = 'switched';
      this.rest = rest;
      this.#sink!.answerHead(head);
      return;
    }
    if (head.status < 200) {
      this.#interim = true;
      this.#sink!.answerHead(head);
      return;
    }
    const { framing, bodyBytes } = head;
    this.#left = bodyBytes;
    const empty = framing === 'none' || (framing === 'length' && bodyBytes === 0);
    this.#state = empty ? 'idle' : framing;
    if (framing === 'chunked') this.#chunks = new ChunkedBody();
    this.#sink!.answerHead(head);
    if (empty && this.#state === 'idle') this.#end(NO_TRAILERS, rest.length > 0);
  }

  #readChunks(bytes: Buffer, from: number): number {
    const chunks = this.#chunks!;
    const at = chunks.read(bytes, from, this);
    if (typeof at === 'string') {
      if (this.#state === 'chunked') this.#break(at, false);
      return bytes.length;
    }
    if (chunks.ended && this.#state === 'chunked') this.#end(chunks.trailers, at < bytes.length);
    return at;
  }

  #end(trailers: readonly string[], excess: boolean): void {
    this.#state = 'idle';
    this.#chunks = null;
    if (excess) this.excess = true;
    this.#sink!.answerEnd(trailers);
  }

  #break(code: string, absent: boolean): void {
    this.#state = 'broken';
    this.#sink!.answerInvalid(code, absent);
  }
}
