/** The state of an answer: incomplete, complete, or not a valid answer. */
export type AnswerState = 'more' | 'whole' | 'broken';

interface Head {
  readonly status: number;
  readonly closes: boolean;
  readonly length: number;
  readonly chunked: boolean;
}

/** A longer head is treated as broken. */
const MAX_HEAD_BYTES = 64 * 1024;
/** Enough for an answer of `herald echo`; an endpoint may send without end. */
const MAX_KEPT_BYTES = 256 * 1024;
const START_OF_HEAD = Buffer.from('HTTP/1.');
const END_OF_HEAD = Buffer.from('\r\n\r\n');
const NOTHING = Buffer.alloc(0);
const CR = 0x0d;
const LF = 0x0a;
/** 13 hexadecimal digits are 52 bits, which a number holds exactly. */
const MAX_SIZE_DIGITS = 13;

type Part = 'head' | 'length' | 'toEnd' | 'size' | 'extension' | 'sizeLf' | 'data' | 'dataCr' | 'dataLf';
type Trailer = 'trailer' | 'trailerLine' | 'lastLf';

// In a run nearly every head equals the one before, including its date, so the last head is cached.
let lastBytes: Buffer = NOTHING;
let lastHead: Head | null = null;

/**
 * The framing of HTTP/1.1 answers to GET (RFC 9112 §6): status, Content-Length, chunked, or up to the end of the
 * stream. One answer is read at a time; bytes behind a complete answer make it `broken`.
 */
export class HttpAnswer {
  readonly #keepsBody: boolean;
  #part: Part | Trailer = 'head';
  #head: Buffer = NOTHING;
  #left = 0;
  #digits = 0;
  #body: Buffer[] = [];
  #kept = 0;
  status = 0;
  /** The connection closes after this answer. */
  closes = false;

  constructor(keepsBody: boolean) {
    this.#keepsBody = keepsBody;
  }

  /** The body, cut at `MAX_KEPT_BYTES`. */
  get body(): string {
    return Buffer.concat(this.#body).toString();
  }

  /** Prepares for the next answer on the connection. */
  reset(): void {
    this.#part = 'head';
    this.#head = NOTHING;
    if (this.#body.length > 0) this.#body = [];
    this.#kept = 0;
  }

  /** Reads the first `count` of the bytes. */
  read(bytes: Buffer, count: number): AnswerState {
    let at = 0;
    while (this.#part === 'head') {
      const end = this.#readHead(bytes, at, count);
      if (end === -1) return 'more';
      if (end === -2) return 'broken';
      at = end;
      // 1xx: an interim answer (RFC 9110 §15.2).
      if (this.status < 200) this.#part = 'head';
      else if (this.#isBodiless()) return at === count ? 'whole' : 'broken';
      if (at === count) return 'more';
    }
    if (this.#part === 'toEnd') {
      this.#keep(bytes, at, count);
      return 'more';
    }
    if (this.#part !== 'length') return this.#readChunks(bytes, at, count);
    if (count - at > this.#left) return 'broken';
    this.#keep(bytes, at, count);
    this.#left -= count - at;
    return this.#left === 0 ? 'whole' : 'more';
  }

  /** The stream has ended. */
  end(): AnswerState {
    return this.#part === 'toEnd' ? 'whole' : 'broken';
  }

  #isBodiless(): boolean {
    return this.#part === 'length' && this.#left === 0;
  }

  /** Returns where the body begins; -1 if the head is incomplete, -2 if it is invalid. */
  #readHead(bytes: Buffer, at: number, count: number): number {
    const before = this.#head.length;
    if (before === 0 && startsWithLast(bytes, at, count))
      return this.#begin(lastHead!, at + lastBytes.length);
    const all = before === 0 ? bytes : Buffer.concat([this.#head, bytes.subarray(at, count)]);
    const from = before === 0 ? at : 0;
    const length = before === 0 ? count : all.length;
    const found = all.indexOf(END_OF_HEAD, from);
    const end = found + END_OF_HEAD.length;
    // The buffer beyond `count` holds bytes of an earlier read.
    if (found < 0 || end > length) {
      this.#head = Buffer.from(all.subarray(from, length));
      return this.#head.length > MAX_HEAD_BYTES || !beginsHead(this.#head) ? -2 : -1;
    }
    const head = readHead(all.toString('latin1', from, found));
    if (head === null) return -2;
    lastBytes = Buffer.from(all.subarray(from, end));
    lastHead = head;
    return this.#begin(head, end - (before === 0 ? 0 : before - at));
  }

  /** Starts the body of this head; returns `bodyAt`. */
  #begin(head: Head, bodyAt: number): number {
    this.#head = NOTHING;
    this.status = head.status;
    this.closes = head.closes;
    this.#left = head.length;
    const bodiless = head.status === 204 || head.status === 304;
    if (bodiless) this.#left = 0;
    this.#part = bodiless || (!head.chunked && head.length >= 0) ? 'length' : head.chunked ? 'size' : 'toEnd';
    if (this.#part === 'toEnd') this.closes = true;
    if (this.#part === 'size') this.#beginSize();
    return bodyAt;
  }

  /** RFC 9112 §7.1: sizes in hexadecimal; extensions and trailers are skipped. */
  #readChunks(bytes: Buffer, from: number, count: number): AnswerState {
    for (let at = from; at < count; ) {
      if (this.#part === 'data') {
        const length = Math.min(this.#left, count - at);
        this.#keep(bytes, at, at + length);
        this.#left -= length;
        at += length;
        if (this.#left === 0) this.#part = 'dataCr';
        continue;
      }
      if (!this.#readFraming(bytes[at]!)) return 'broken';
      at++;
      if (this.#part === 'head') return at === count ? 'whole' : 'broken';
    }
    return 'more';
  }

  /** Reads one byte of chunk framing; false if it is not allowed there. After the last, the part is `head`. */
  #readFraming(byte: number): boolean {
    switch (this.#part) {
      case 'size': {
        const digit = hexDigit(byte);
        if (digit >= 0) {
          this.#left = this.#left * 16 + digit;
          return ++this.#digits <= MAX_SIZE_DIGITS;
        }
        this.#part = byte === CR ? 'sizeLf' : 'extension';
        return this.#digits > 0 && (byte === CR || byte === 0x3b || byte === 0x20 || byte === 0x09);
      }
      case 'extension':
        if (byte === CR) this.#part = 'sizeLf';
        return byte !== LF;
      case 'sizeLf':
        this.#part = this.#left === 0 ? 'trailer' : 'data';
        return byte === LF;
      case 'dataCr':
        this.#part = 'dataLf';
        return byte === CR;
      case 'dataLf':
        this.#beginSize();
        return byte === LF;
      case 'trailer':
        this.#part = byte === CR ? 'lastLf' : 'trailerLine';
        return byte !== LF;
      case 'trailerLine':
        if (byte === LF) this.#part = 'trailer';
        return true;
      default:
        this.#part = 'head';
        return byte === LF;
    }
  }

  #beginSize(): void {
    this.#part = 'size';
    this.#left = 0;
    this.#digits = 0;
  }

  #keep(bytes: Buffer, at: number, end: number): void {
    if (!this.#keepsBody || this.#kept >= MAX_KEPT_BYTES) return;
    this.#kept += end - at;
    this.#body.push(Buffer.from(bytes.subarray(at, end)));
  }
}

/** Whether a head can begin with these bytes; another protocol is detected at once. */
function beginsHead(bytes: Buffer): boolean {
  const length = Math.min(bytes.length, START_OF_HEAD.length);
  return bytes.compare(START_OF_HEAD, 0, length, 0, length) === 0;
}

function startsWithLast(bytes: Buffer, at: number, count: number): boolean {
  const { length } = lastBytes;
  return length > 0 && count - at >= length && bytes.compare(lastBytes, 0, length, at, at + length) === 0;
}

function readHead(text: string): Head | null {
  const line = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |\r|$)/.exec(text);
  if (line === null) return null;
  const connection = /\r\nconnection:([^\r]*)/i.exec(text)?.[1]?.toLowerCase() ?? '';
  const length = /\r\ncontent-length:[ \t]*(\d+)[ \t]*(?=\r|$)/i.exec(text)?.[1];
  return {
    status: Number(line[2]),
    closes: line[1] === '0' ? !connection.includes('keep-alive') : connection.includes('close'),
    length: length === undefined ? -1 : Number(length),
    chunked: /\r\ntransfer-encoding:[^\r]*\bchunked[ \t]*(?=\r|$)/i.test(text),
  };
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
