/** One request as far as an answer depends on it. */
export interface HealthRequest {
  readonly method: string;
  readonly target: string;
  /** The minor of HTTP/1.x; all above 1 are 1. */
  readonly minor: 0 | 1;
  /** Whether its connection goes on behind the answer. */
  readonly connection: 'keep' | 'end';
  /** Bytes of the body; null where its end is not looked for, and the connection ends behind the answer. */
  readonly bodyBytes: number | null;
}

export type HealthParse =
  | { readonly kind: 'more' }
  | { readonly kind: 'request'; readonly request: HealthRequest; readonly length: number }
  /** `status` is the status line's end, and the body: Go says both in the same words. */
  | { readonly kind: 'refused'; readonly status: string };

const MAX_HEAD_BYTES = 8192;
/** Go reads that much of a body that its handler did not want, before it answers. */
const MAX_BODY_BYTES = 256 * 1024;

const MORE: HealthParse = { kind: 'more' };
const BAD = '400 Bad Request';

/** The first request of these bytes, as Go's net/http server reads it. Lines end by LF, with a CR before it or without. */
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

/** The offset behind the empty line, or below 0. */
function headEnd(bytes: Buffer, start: number): number {
  for (let at = bytes.indexOf(0x0a, start); at >= 0; at = bytes.indexOf(0x0a, at + 1)) {
    if (bytes[at + 1] === 0x0a) return at + 2;
    if (bytes[at + 1] === 0x0d && bytes[at + 2] === 0x0a) return at + 3;
  }
  return -1;
}

/** The values of each field by its lower-case name; null where a line is no field. */
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

/** How long the body is; null where that is not to be waited for, undefined where nobody can say. */
function bodyOf(values: ReadonlyMap<string, readonly string[]>): number | null | undefined {
  // Nobody probes in chunks: the answer is the same, but the connection ends behind it.
  if (values.has('transfer-encoding')) return null;
  const lengths = [...new Set(values.get('content-length') ?? ['0'])];
  if (lengths.length > 1 || !/^\d{1,15}$/.test(lengths[0]!)) return undefined;
  const length = Number(lengths[0]);
  // Whoever waits for "100 Continue" is not told to go on, for nobody wants the body.
  return length > MAX_BODY_BYTES || (length > 0 && values.has('expect')) ? null : length;
}

function refuse(status: string): HealthParse {
  return { kind: 'refused', status };
}

function tooLarge(): HealthParse {
  return refuse('431 Request Header Fields Too Large');
}
