/** Why a name came to nothing: closed, for metrics have it as a label. */
export type DnsFailureCode =
  | 'not_found' // there is no such name, or it has no address
  | 'server_failed' // SERVFAIL
  | 'refused' // REFUSED
  | 'timeout'
  | 'unreachable' // no name server can be reached
  | 'bad_answer'; // anything else

export interface DnsFailure {
  readonly failed: DnsFailureCode;
}

const CODES: ReadonlyMap<unknown, DnsFailureCode> = new Map([
  ['ENOTFOUND', 'not_found'],
  ['ENODATA', 'not_found'],
  ['ESERVFAIL', 'server_failed'],
  ['EREFUSED', 'refused'],
  ['ETIMEOUT', 'timeout'],
  ['ECONNREFUSED', 'unreachable'],
  ['ECANCELLED', 'timeout'],
]);

/** An error of `node:dns` → its code. */
export function dnsFailure(error: unknown): DnsFailure {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return { failed: CODES.get(code) ?? 'bad_answer' };
}
