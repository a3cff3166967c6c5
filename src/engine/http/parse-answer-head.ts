/**
 * The longest head of an answer, and the longest section of trailers: four times what a request may have, since an
 * endpoint is trusted with more (cookies, policies) than a client.
 */
export const MAX_ANSWER_HEAD_BYTES = 64 * 1024;

/** How the body ends: there is none; after so many bytes; with its last chunk; with the stream. */
export type AnswerFraming = 'none' | 'length' | 'chunked' | 'close';

/** The head of an answer, interim ones (1xx) too. */
export interface AnswerHead {
  readonly kind: 'head';
  readonly status: number;
  /** Empty where there is none, or none that can be written. */
  readonly reason: string;
  /** Names and values in turn, values without the white space around them. */
  readonly fields: readonly string[];
  readonly framing: AnswerFraming;
  /** Of a body that is framed by its length. */
  readonly bodyBytes: number;
  /** By its version and `Connection` the endpoint would answer another request on this connection. */
  readonly keepAlive: boolean;
  /** How many of the bytes it took. */
  readonly length: number;
}

/** `absent`: the bytes are no HTTP at all; `invalid` names the rule by the parser's code of the client's side. */
export type AnswerHeadResult =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'invalid'; readonly code: string }
  | AnswerHead;

const INCOMPLETE = { kind: 'incomplete' } as const;
const ABSENT = { kind: 'absent' } as const;
const LF = 10;
const CR = 13;
const BEGINNING = 'HTTP/';
const MOST_BLANK_BYTES = 64;

/** Version, status, reason. More than one space, and no reason, are read as all proxies read them. */
const STATUS_LINE = /HTTP\/(\d)\.(\d) +([1-9]\d\d)(?:[ \t]([^\r\n]*))?\r?\n/y;
/** A field as RFC 9110 §5 has it, but for control bytes in its value, and a bare LF at its end (RFC 9112 §2.2). */
const FIELD_LINE = /([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([^\r\n\0]*)\r?\n/y;
/** RFC 9112 §5.2: a proxy replaces a folded line by spaces. (With the spaces before it, the search would be quadratic.) */
const FOLD = /\r?\n[ \t]+/g;
const CONTROLS = /[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

/**
 * Bytes → the head of an answer (RFC 9112 §4, §5, §6.3). `toHead`: the request was a HEAD. `from`: up to there the bytes
 * were looked through before, and no head ended. Never throws.
 */
export function parseAnswerHead(bytes: Buffer, toHead: boolean, from = 0): AnswerHeadResult {
  let start = 0;
  // Empty lines before the status line are skipped, as before a request (RFC 9112 §2.2). Bounded, because each look begins here.
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

/** Lines of fields up to their empty line → names and values in turn; null where one is none. */
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

/** Behind the empty line that ends a section of lines; -1 where it has not come. A line may end in a bare LF. */
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

/** How the body ends (RFC 9112 §6.3), or the rule that its fields break. */
function framingOf(status: number, fields: readonly string[], toHead: boolean): Framed | string {
  let length = -1;
  let coded = false;
  const connection: string[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!;
    const value = fields[at + 1]!;
    // Their lengths say most of it: a name is lowered only where it can be one of these.
    if (name.length === 14 && name.toLowerCase() === 'content-length') {
      for (const each of value.split(',')) {
        const bytes = /^[ \t]*(\d+)[ \t]*$/.exec(each)?.[1];
        if (bytes === undefined || !Number.isSafeInteger(Number(bytes))) return 'HPE_INVALID_CONTENT_LENGTH';
        if (length >= 0 && length !== Number(bytes)) return 'HPE_UNEXPECTED_CONTENT_LENGTH';
        length = Number(bytes);
      }
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      // With another coding, or a second one, the end of the answer is not known here.
      if (coded || value.toLowerCase() !== 'chunked') return 'transfer_coding';
      coded = true;
    } else if (name.length === 10 && name.toLowerCase() === 'connection') {
      for (const option of value.toLowerCase().split(',')) connection.push(option.trim());
    }
  }
  // RFC 9112 §6.3 rule 3: such a message may be an attempt to be read in two ways.
  if (coded && length >= 0) return 'HPE_INVALID_TRANSFER_ENCODING';
  const without = toHead || status < 200 || status === 204 || status === 304;
  const framing = without ? 'none' : coded ? 'chunked' : length >= 0 ? 'length' : 'close';
  return { framing, bodyBytes: framing === 'length' ? length : 0, coded, connection };
}

/** No client may rely on the reason (RFC 9112 §4): one that cannot be written is left out. */
function reasonOf(reason: string | undefined): string {
  return reason === undefined || reason.search(CONTROLS) >= 0 || reason.includes('\0') ? '' : reason;
}

/** Without white space around it, and not by `trim`, which takes more than RFC 9110 §5.5 gives. */
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
