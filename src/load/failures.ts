/** The closed list of failures of a connection: keys of `errors` in the JSON, and what each means. */
export const FAILURES = {
  connect_refused: 'nothing listens there',
  connect_timeout: 'no answer to the connect',
  connect_failed: 'the connect failed for another reason, such as no route or no permission',
  reset: 'the connection was reset or lost',
  ended: 'the endpoint ended the stream too early: before a complete answer, or on a held connection',
  bad_answer: 'the answer was not HTTP, or not as long as it should be',
  http_status: 'an HTTP status of 400 or more',
  unanswered: 'no answer within a second after the end of the run',
  descriptors: 'the generator ran out of file descriptors',
  local_ports: 'this machine ran out of local ports for the endpoint',
} as const;

export type LoadFailure = keyof typeof FAILURES;

export const FAILURE_KINDS = Object.keys(FAILURES) as readonly LoadFailure[];

const WHILE_CONNECTING: { readonly [errno: string]: LoadFailure } = {
  ECONNREFUSED: 'connect_refused',
  ENOENT: 'connect_refused',
  ETIMEDOUT: 'connect_timeout',
  ECONNRESET: 'reset',
};

/** The kind of failure of an errno name. */
export function failureOf(errno: string, connected: boolean): LoadFailure {
  if (errno === 'EMFILE' || errno === 'ENFILE') return 'descriptors';
  if (errno === 'EADDRNOTAVAIL' || errno === 'EADDRINUSE') return 'local_ports';
  return connected ? 'reset' : (WHILE_CONNECTING[errno] ?? 'connect_failed');
}
