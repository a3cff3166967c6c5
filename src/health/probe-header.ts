import { formatHeader } from '../wire/format-header.ts';

/** One end of a connection as a socket reports it; undefined if it has no address. */
export interface SocketEnd {
  readonly address: string | undefined;
  readonly port: number | undefined;
}

const NOTHING = new Uint8Array(0);
/** spec §2.2: health checks use LOCAL, with length 0. */
const LOCAL = formatHeader({ version: 2, command: 'LOCAL' });
const UNKNOWN = formatHeader({ version: 1 });

/**
 * The header that a check sends. Version 1 has no LOCAL, and receivers may refuse its short UNKNOWN, so the line names the
 * addresses of the check's own connection (rule 15).
 */
export function probeHeader(form: 'none' | 'v1' | 'v2', local: SocketEnd, remote: SocketEnd): Uint8Array {
  if (form === 'none') return NOTHING;
  if (form === 'v2') return LOCAL;
  const source = inetEnd(local);
  const destination = inetEnd(remote);
  return source === null || destination === null
    ? UNKNOWN
    : formatHeader({ version: 1, source, destination });
}

function inetEnd({ address, port }: SocketEnd): { address: string; port: number } | null {
  return address === undefined || port === undefined ? null : { address, port };
}
