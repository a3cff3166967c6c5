/** The parts of a request that its answer depends on. */
export interface HealthRequest {
  readonly method: string;
  readonly target: string;
  /** The minor version of HTTP/1.x; all above 1 count as 1. */
  readonly minor: 0 | 1;
  /** Whether the connection stays open after the answer. */
  readonly connection: 'keep' | 'end';
  /** Bytes of the body; null if the body is not skipped and the connection ends after the answer. */
  readonly bodyBytes: number | null;
}

export type HealthParse =
  | { readonly kind: 'more' }
  | { readonly kind: 'request'; readonly request: HealthRequest; readonly length: number }
  /** `status` is the rest of the status line, and also the body: Go uses the same words for both. */
  | { readonly kind: 'refused'; readonly status: string };

const MAX_HEAD_BYTES = 8192;
/** Go's server reads this much of a body that its handler did not read, before it answers. */
const MAX_BODY_BYTES = 256 * 1024;

const MORE: HealthParse = { kind: 'more' };
const BAD = '400 Bad Request';

/** Parses the first request of these bytes as Go's net/http server does. Lines end with LF or CRLF. */
export function parseHealthRequest(bytes: Buffer): HealthParse {
  let start = 0;
  while (bytes[start] === 0x0d || bytes[start] === 0x0a) start++;
  const end = headEnd(bytes, start);
  if (end < 0) return bytes.length > MAX_HEAD_BYTES ? tooLarge() : MORE;
  if (end > MAX_HEAD_BYTES) return tooLarge();
  const [first = '', ...fields] = bytes.toString('latin1', start, end).split(/\r?\n/).slice(0, -2);
  const line = /^([!#$%&'*+.^_`|~\w-]+) (\S+) HTTP\/(\d)\.(\d)$/.exec(first);
  if (line === null) return refuse(BAD);
  const [, method = '', target = '', major, minorDigit] = line;
  if (major !== '1') return refuse('505 HTTP Version Not Supported: unsupported protocol version');
  const minor = minorDigit === '0' ? 0 : 1;
  const values = valuesOf(fields);
  if (values === null) return refuse(BAD);
  if (minor === 1 && !values.has('host') && method !== 'CONNECT')
    return refuse(`${BAD}: missing required Host header`);
  const bodyBytes = bodyOf(values);
  if (bodyBytes === undefined) return refuse(BAD);
  const tokens = (values.get('connection') ?? []).flatMap((value) =>
    value.toLowerCase().split(/[ \t]*,[ \t]*/),
  );
  const keeps = minor === 0 ? tokens.includes('keep-alive') : !tokens.includes('close');
  const connection = keeps && bodyBytes !== null ? 'keep' : 'end';
  return { kind: 'request', request: { method, target, minor, connection, bodyBytes }, length: end };
}

/** The offset after the empty line; negative if there is none. */
function headEnd(bytes: Buffer, start: number): number {
  for (let at = bytes.indexOf(0x0a, start); at >= 0; at = bytes.indexOf(0x0a, at + 1)) {
    if (bytes[at + 1] === 0x0a) return at + 2;
    if (bytes[at + 1] === 0x0d && bytes[at + 2] === 0x0a) return at + 3;
  }
  return -1;
}

/** The values of each field by its lower-case name; null if a line is not a field. */
function valuesOf(fields: readonly string[]): ReadonlyMap<string, readonly string[]> | null {
  const values = new Map<string, string[]>();
  for (const field of fields) {
    const colon = field.indexOf(':');
    const name = field.slice(0, Math.max(colon, 0)).toLowerCase();
    const value = field.slice(colon + 1).trim();
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name) || /[\0\r]/.test(value)) return null;
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return values;
}

/** The length of the body; null if it is not skipped (`bodyBytes`), undefined if the fields are invalid. */
function bodyOf(values: ReadonlyMap<string, readonly string[]>): number | null | undefined {
  // No balancer probes with a chunked body: such a request is answered, and the connection ends.
  if (values.has('transfer-encoding')) return null;
  const lengths = [...new Set(values.get('content-length') ?? ['0'])];
  if (lengths.length > 1 || !/^\d{1,15}$/.test(lengths[0]!)) return undefined;
  const length = Number(lengths[0]);
  // A client that waits for "100 Continue" does not get it, since the body is not needed.
  return length > MAX_BODY_BYTES || (length > 0 && values.has('expect')) ? null : length;
}

function refuse(status: string): HealthParse {
  return { kind: 'refused', status };
}

function tooLarge(): HealthParse {
  return refuse('431 Request Header Fields Too Large');
}
