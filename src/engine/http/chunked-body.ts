import { endOfSection, MAX_ANSWER_HEAD_BYTES, parseFields } from './parse-answer-head.ts';

/** The most bytes of chunk extensions in one body; Node's request parser has the same limit. */
const MOST_EXTENSION_BYTES = 16 * 1024;
/** Digits of a chunk's size, leading zeros included. */
const MOST_DIGITS = 16;
const LF = 10;
const CR = 13;

/** Receives the data of a chunked body, as views of the bytes read. */
export interface ChunkSink {
  chunkData(bytes: Buffer): void;
}

type State = 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailers' | 'end';

/**
 * Decodes chunked transfer coding (RFC 9112 §7.1), however the bytes are split. A line may end in a bare LF, and white space may
 * follow a size: HAProxy and nginx accept both, and the client gets newly written chunks.
 */
export class ChunkedBody {
  /** Names and values in turn; complete once the body has ended. */
  trailers: readonly string[] = [];
  #state: State = 'size';
  #digits = 0;
  #left = 0;
  #extensionBytes = 0;
  #section: Buffer | null = null;

  get ended(): boolean {
    return this.#state === 'end';
  }

  /** Reads from `from` on. Returns the offset after the body or after the bytes, or the code of the violated rule. */
  read(bytes: Buffer, from: number, sink: ChunkSink): number | string {
    let at = from;
    while (at < bytes.length && this.#state !== 'end') {
      if (this.#state === 'data') {
        const to = Math.min(bytes.length, at + this.#left);
        this.#left -= to - at;
        if (this.#left === 0) this.#state = 'data-cr';
        sink.chunkData(bytes.subarray(at, to));
        at = to;
      } else if (this.#state === 'trailers') {
        const to = this.#readTrailers(bytes, at);
        if (typeof to === 'string') return to;
        at = to;
      } else {
        const broken = this.#readByte(bytes[at]!);
        if (broken !== null) return broken;
        at++;
      }
    }
    return at;
  }

  #readByte(byte: number): string | null {
    switch (this.#state) {
      case 'size': {
        const digit = hexDigit(byte);
        if (digit >= 0) return this.#addDigit(digit);
        if (this.#digits === 0) return 'HPE_INVALID_CHUNK_SIZE';
        return this.#afterSize(byte);
      }
      case 'extension':
        return this.#afterSize(byte);
      case 'size-lf':
        if (byte !== LF) return 'HPE_LF_EXPECTED';
        this.#begin();
        return null;
      case 'data-cr':
        if (byte !== CR && byte !== LF) return 'HPE_STRICT';
        this.#state = byte === CR ? 'data-lf' : 'size';
        return null;
      default:
        if (byte !== LF) return 'HPE_LF_EXPECTED';
        this.#state = 'size';
        return null;
    }
  }

  #addDigit(digit: number): string | null {
    this.#left = this.#left * 16 + digit;
    this.#digits++;
    return this.#digits > MOST_DIGITS || this.#left > Number.MAX_SAFE_INTEGER
      ? 'HPE_INVALID_CHUNK_SIZE'
      : null;
  }

  /** After the digits: white space, an extension, or the end of the line. */
  #afterSize(byte: number): string | null {
    if (byte === LF) this.#begin();
    else if (byte === CR) this.#state = 'size-lf';
    else {
      const begins = byte === 0x3b || byte === 0x20 || byte === 0x09;
      if (this.#state === 'size' && !begins) return 'HPE_INVALID_CHUNK_SIZE';
      if ((byte < 0x20 && byte !== 0x09) || byte === 0x7f) return 'HPE_INVALID_CHUNK_SIZE';
      this.#state = 'extension';
      this.#extensionBytes++;
      if (this.#extensionBytes > MOST_EXTENSION_BYTES) return 'HPE_CHUNK_EXTENSIONS_OVERFLOW';
    }
    return null;
  }

  #begin(): void {
    this.#digits = 0;
    this.#state = this.#left > 0 ? 'data' : 'trailers';
  }

  /** Trailers end with an empty line, which may be the first one. */
  #readTrailers(bytes: Buffer, from: number): number | string {
    const before = this.#section?.length ?? 0;
    const fresh = bytes.subarray(from, from + MAX_ANSWER_HEAD_BYTES - before + 1);
    const section = this.#section === null ? fresh : Buffer.concat([this.#section, fresh]);
    const end = startsEmpty(section) ?? endOfSection(section, Math.max(before - 2, 0));
    if (end < 0) {
      if (section.length > MAX_ANSWER_HEAD_BYTES) return 'HPE_HEADER_OVERFLOW';
      this.#section = this.#section === null ? Buffer.from(fresh) : section;
      return from + fresh.length;
    }
    const trailers = parseFields(section.toString('latin1', 0, end));
    if (trailers === null) return 'HPE_INVALID_HEADER_TOKEN';
    this.trailers = trailers;
    this.#section = null;
    this.#state = 'end';
    return from + end - before;
  }
}

/** The offset after an empty first line; -1 if that is undecided; null if the first line is not empty. */
function startsEmpty(section: Buffer): number | null {
  if (section[0] === LF) return 1;
  if (section[0] !== CR) return null;
  if (section.length === 1) return -1;
  return section[1] === LF ? 2 : null;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
