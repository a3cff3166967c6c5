/**
 * The longest head of an answer, and the longest section of trailers: four times that of a request, because endpoints send
 * more (cookies, policies) than clients.
 */
export const MAX_ANSWER_HEAD_BYTES = 64 * 1024;

/** Where the body ends: there is none; after a number of bytes; with its last chunk; with the stream. */
export type AnswerFraming = 'none' | 'length' | 'chunked' | 'close';

/** The head of an answer, which may be an interim one (1xx). */
export interface AnswerHead {
  readonly kind: 'head';
  readonly status: number;
  /** Empty if there is none, or if it cannot be written. */
  readonly reason: string;
  /** Names and values in turn, values without the white space around them. */
  readonly fields: readonly string[];
  readonly framing: AnswerFraming;
  /** The length, if the framing is `length`; otherwise 0. */
  readonly bodyBytes: number;
  /** Version and `Connection` allow another request on this connection. */
  readonly keepAlive: boolean;
  /** How many bytes the head has. */
  readonly length: number;
}

/** `absent`: the bytes are not HTTP at all. `invalid`: `code` is that of Node's request parser for the same mistake. */
export type AnswerHeadResult =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'invalid'; readonly code: string }
  | AnswerHead;

const FIRST_BYTES = 1024;
const INCOMPLETE = { kind: 'incomplete' } as const;
const ABSENT = { kind: 'absent' } as const;
const LF = 10;
const CR = 13;
const BEGINNING = 'HTTP/';
const MOST_BLANK_BYTES = 64;

/** Version, status, reason. Several spaces and a missing reason are accepted, as by all proxies. */
const STATUS_LINE = /HTTP\/(\d)\.(\d) +([1-9]\d\d)(?:[ \t]([^\r\n]*))?\r?\n/y;
/** A field (RFC 9110 §5). Control bytes in its value, and a bare LF at its end (RFC 9112 §2.2), are accepted too. */
const FIELD_LINE = /([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([^\r\n\0]*)\r?\n/y;
/** RFC 9112 §5.2: a proxy replaces a folded line by spaces. (With the spaces before it, the search would be quadratic.) */
const FOLD = /\r?\n[ \t]+/g;
const CONTROLS = /[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

/**
 * Bytes → the head of an answer (RFC 9112 §4, §5, §6.3). `toHead`: the request was a HEAD. `from`: an earlier call has
 * found no end of the head before this offset. Never throws.
 */
export function parseAnswerHead(bytes: Buffer, toHead: boolean, from = 0): AnswerHeadResult {
  let start = 0;
  // Empty lines before the status line are skipped, as before a request (RFC 9112 §2.2). Bounded, because each call begins here.
  while (start < MOST_BLANK_BYTES && (bytes[start] === CR || bytes[start] === LF)) start++;
  const beginning = bytes.toString('latin1', start, start + BEGINNING.length);
  if (!BEGINNING.startsWith(beginning)) return ABSENT;
  const end = endOfSection(bytes, Math.max(start, from));
  if (end > MAX_ANSWER_HEAD_BYTES) return invalid('HPE_HEADER_OVERFLOW');
  if (end < 0) return bytes.length > MAX_ANSWER_HEAD_BYTES ? invalid('HPE_HEADER_OVERFLOW') : INCOMPLETE;
  const text = bytes.toString('latin1', start, end);
  STATUS_LINE.lastIndex = 0;
  const line = STATUS_LINE.exec(text);
  if (line === null)
    return invalid(/^HTTP\/\d\.\d /.test(text) ? 'HPE_INVALID_STATUS' : 'HPE_INVALID_VERSION');
  const fields = parseFields(text.slice(STATUS_LINE.lastIndex));
  if (fields === null) return invalid('HPE_INVALID_HEADER_TOKEN');
  const status = Number(line[3]);
  const framed = framingOf(status, fields, toHead);
  if (typeof framed === 'string') return invalid(framed);
  const isOld = Number(line[1]) * 10 + Number(line[2]) < 11;
  const { framing, bodyBytes, coded, connection } = framed;
  // HTTP/1.0 has no codings: another recipient may frame this answer differently (RFC 9112 §6.1).
  const kept = isOld ? connection.includes('keep-alive') && !coded : !connection.includes('close');
  return {
    kind: 'head',
    status,
    reason: reasonOf(line[4]),
    fields,
    framing,
    bodyBytes,
    keepAlive: kept && framing !== 'close',
    length: end,
  };
}

/** Lines of fields up to their empty line → names and values in turn; null if a line is not a field. */
export function parseFields(lines: string): string[] | null {
  let text = lines;
  if (text.includes('\n ') || text.includes('\n\t')) text = text.replace(FOLD, ' ');
  const fields: string[] = [];
  let at = 0;
  while (text.charCodeAt(at) !== LF && text.charCodeAt(at) !== CR) {
    FIELD_LINE.lastIndex = at;
    const field = FIELD_LINE.exec(text);
    if (field === null) return null;
    fields.push(field[1]!, trimmedValue(field[2]!));
    at = FIELD_LINE.lastIndex;
  }
  return at + (text.charCodeAt(at) === CR ? 2 : 1) === text.length ? fields : null;
}

/** The offset after the empty line that ends a section; -1 if there is none yet. A line may end in a bare LF. */
export function endOfSection(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}

interface Framed {
  readonly framing: AnswerFraming;
  readonly bodyBytes: number;
  readonly coded: boolean;
  /** The options of `Connection`, in lower case. */
  readonly connection: readonly string[];
}

/** Where the body ends (RFC 9112 §6.3), or the code of the violated rule. */
function framingOf(status: number, fields: readonly string[], toHead: boolean): Framed | string {
  let length = -1;
  let coded = false;
  const connection: string[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!;
    const value = fields[at + 1]!;
    // Comparing lengths first avoids lower-casing most names.
    if (name.length === 14 && name.toLowerCase() === 'content-length') {
      for (const each of value.split(',')) {
        const bytes = /^[ \t]*(\d+)[ \t]*$/.exec(each)?.[1];
        if (bytes === undefined || !Number.isSafeInteger(Number(bytes))) return 'HPE_INVALID_CONTENT_LENGTH';
        if (length >= 0 && length !== Number(bytes)) return 'HPE_UNEXPECTED_CONTENT_LENGTH';
        length = Number(bytes);
      }
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      // With another coding, or a second one, the end of the answer is unknown.
      if (coded || value.toLowerCase() !== 'chunked') return 'transfer_coding';
      coded = true;
    } else if (name.length === 10 && name.toLowerCase() === 'connection') {
      for (const option of value.toLowerCase().split(',')) connection.push(option.trim());
    }
  }
  // RFC 9112 §6.3 rule 3: such a message may be an attempt at response splitting.
  if (coded && length >= 0) return 'HPE_INVALID_TRANSFER_ENCODING';
  const without = toHead || status < 200 || status === 204 || status === 304;
  const framing = without ? 'none' : coded ? 'chunked' : length >= 0 ? 'length' : 'close';
  return { framing, bodyBytes: framing === 'length' ? length : 0, coded, connection };
}

/** Clients ignore the reason (RFC 9112 §4), so one that cannot be written is left out. */
function reasonOf(reason: string | undefined): string {
  return reason === undefined || reason.search(CONTROLS) >= 0 || reason.includes('\0') ? '' : reason;
}

/** Removes the white space around a value. `trim` would remove more than RFC 9110 §5.5 allows. */
function trimmedValue(raw: string): string {
  let from = 0;
  let to = raw.length;
  while (from < to && isBlank(raw.charCodeAt(from))) from++;
  while (to > from && isBlank(raw.charCodeAt(to - 1))) to--;
  const value = raw.slice(from, to);
  // RFC 9110 §5.5: such a byte may be replaced by a space.
  return value.search(CONTROLS) < 0 ? value : value.replace(CONTROLS, ' ');
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

function invalid(code: string): AnswerHeadResult {
  return { kind: 'invalid', code };
}

/** Collects the bytes of a head that is received in parts. Each byte is scanned once, however small the parts are. */
export class HeadBytes {
  #kept: Buffer | null = null;
  #length = 0;

  /** How many bytes of an incomplete head are kept. */
  get length(): number {
    return this.#length;
  }

  /** Parses the kept bytes and those from `from` on. A head's `length` counts from `from`. */
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
