/** What can go wrong with a connection: the closed list of the keys of `errors`, and what each means. */
export const FAILURES = {
  connect_refused: 'nobody listens there',
  connect_timeout: 'no answer to the connect',
  connect_failed: 'it could not connect for another reason: no route, or no permission',
  reset: 'the connection was reset, or broke',
  ended: 'the stream ended before the answer was whole, or while it was to be held',
  bad_answer: 'the answer was not what was asked for: no HTTP, or not as many bytes',
  http_status: 'an HTTP status of 400 or more',
  unanswered: 'no answer a second after the end of the run',
  descriptors: 'this process had no descriptors left',
  local_ports: 'this machine had no local ports left for the endpoint',
} as const;

export type LoadFailure = keyof typeof FAILURES;

export const FAILURE_KINDS = Object.keys(FAILURES) as readonly LoadFailure[];

const WHILE_CONNECTING: { readonly [errno: string]: LoadFailure } = {
  ECONNREFUSED: 'connect_refused',
  ENOENT: 'connect_refused',
  ETIMEDOUT: 'connect_timeout',
  ECONNRESET: 'reset',
};

/** Of which kind an error of the kernel is. */
export function failureOf(errno: string, connected: boolean): LoadFailure {
  if (errno === 'EMFILE' || errno === 'ENFILE') return 'descriptors';
  if (errno === 'EADDRNOTAVAIL' || errno === 'EADDRINUSE') return 'local_ports';
  return connected ? 'reset' : (WHILE_CONNECTING[errno] ?? 'connect_failed');
}
