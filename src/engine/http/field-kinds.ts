/**
 * How a field is handled. `plain`: passed on. `hop`: removed, because it belongs to one connection (RFC 9110 §7.6.1). `host`, `length`,
 * `coding`, `connection`, `te`, `upgrade`, `trailer` and `expect`: evaluated. `for`, `forwarded`, `port`, `proto`, `for-host` and
 * `claim`: describe earlier hops. `dropped`: a spelling that a gateway would read as one of those.
 */
export type FieldKind =
  | 'plain'
  | 'hop'
  | 'host'
  | 'length'
  | 'coding'
  | 'connection'
  | 'te'
  | 'upgrade'
  | 'trailer'
  | 'expect'
  | 'for'
  | 'forwarded'
  | 'port'
  | 'proto'
  | 'for-host'
  | 'claim'
  | 'dropped';

const KINDS = new Map<string, FieldKind>([
  ['host', 'host'],
  ['content-length', 'length'],
  ['transfer-encoding', 'coding'],
  ['connection', 'connection'],
  ['te', 'te'],
  ['upgrade', 'upgrade'],
  ['trailer', 'trailer'],
  ['expect', 'expect'],
  ['keep-alive', 'hop'],
  ['proxy-connection', 'hop'],
  // RFC 7540 §3.2.1: part of an upgrade to h2c, which is not passed on.
  ['http2-settings', 'hop'],
  ['forwarded', 'forwarded'],
  ['x-forwarded-for', 'for'],
  ['x-forwarded-port', 'port'],
  ['x-forwarded-proto', 'proto'],
  ['x-forwarded-host', 'for-host'],
  ['x-real-ip', 'claim'],
]);

/** The kind of a field; `name` in lower case. */
export function fieldKind(name: string): FieldKind {
  const kind = KINDS.get(name);
  if (kind !== undefined) return kind;
  if (name.startsWith('x-forwarded-')) return 'claim';
  // CGI and WSGI use the same variable for `x_forwarded_for` and `x-forwarded-for`.
  if (name.includes('_') && fieldKind(name.replaceAll('_', '-')) !== 'plain') return 'dropped';
  return 'plain';
}

/**
 * The names that `Connection` lists, in lower case: those fields are removed with it. Fields that frame or address the message are
 * kept, because without them it would be another message.
 */
export function listedNames(connection: readonly string[]): ReadonlySet<string> | null {
  const names = connection
    .flatMap((value) => value.toLowerCase().split(','))
    .map((name) => name.trim())
    .filter((name) => name !== '' && !OPTIONS.has(name) && !KEPT.has(fieldKind(name)));
  return names.length === 0 ? null : new Set(names);
}

const OPTIONS = new Set(['close', 'keep-alive', 'upgrade', 'te']);
const KEPT: ReadonlySet<FieldKind> = new Set(['host', 'length', 'coding']);

/** Removes the fields that `Connection` lists. `fields` are names and values in turn. */
export function withoutListed(fields: string[], connection: readonly string[]): string[] {
  const listed = listedNames(connection);
  if (listed === null) return fields;
  return fields.filter((_, at) => !listed.has(fields[at & ~1]!.toLowerCase()));
}

/** The trailers that are passed on: none that frame or address the message or describe the client. */
export function passedTrailers(raw: readonly string[]): [string, string][] {
  const passed: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (fieldKind(raw[at]!.toLowerCase()) === 'plain') passed.push([raw[at]!, raw[at + 1]!]);
  }
  return passed;
}
