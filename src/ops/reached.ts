import { parseIp } from '../address/ip.ts';
import { parseAddress, parsePort } from '../address/socket-address.ts';
import { unmapped } from '../address/v4-mapped.ts';
import type { OpsAnswer, OpsRequest } from './ops-server.ts';

/** Both ends of a TCP connection as this machine has them. */
interface ConnectionEnds {
  readonly localIp: Uint8Array;
  readonly localPort: number;
  readonly peerIp: Uint8Array;
  readonly peerPort: number;
}

/** Whether this machine has a connection with these ends; null: it cannot tell. */
export type ConnectionLookup = (ends: ConnectionEnds) => boolean | null;

const HERE: OpsAnswer = { status: 200, body: 'ok\n' };
const NOT_HERE: OpsAnswer = { status: 404, body: 'no\n' };
const UNKNOWN: OpsAnswer = { status: 501, body: 'cannot tell\n' };
const MALFORMED: OpsAnswer = { status: 400, body: { error: 'malformed' } };

/**
 * `/reached?port=443&from=10.0.0.1:40000&address=10.0.0.2`: another instance has dialed this port (of this address, if it is
 * named, or of the one that is asked) from its own address and asks whether the connection has arrived here. 200: yes; 404: no;
 * 501: this machine cannot tell. An asker learns only of connections from its own address.
 */
export function reached(lookUp: ConnectionLookup, { query, ends, behindHeader }: OpsRequest): OpsAnswer {
  // The address of a PROXY header is whatever its sender wrote.
  if (behindHeader) return { status: 400, body: { error: 'proxy_header' } };
  const from = parseAddress(query.get('from') ?? '');
  const port = parsePort(query.get('port') ?? '');
  const address = query.get('address');
  const named = address === null ? null : parseIp(address);
  if (!('kind' in from) || from.kind !== 'tcp' || from.ip === null) return MALFORMED;
  if (port === undefined || named === undefined) return MALFORMED;
  const own = endsOf(ends);
  // Something on the way has changed the asker's address, so its port may be another one here as well. A kernel that does not
  // know the asker's own connection knows none.
  if (own === null || !isSame(own.peerIp, from.ip) || lookUp(own) !== true) return UNKNOWN;
  for (const localIp of named === null ? [own.localIp] : [unmapped(named), own.localIp]) {
    const found = lookUp({ localIp, localPort: port, peerIp: own.peerIp, peerPort: from.port });
    if (found === null) return UNKNOWN;
    if (found) return HERE;
  }
  return NOT_HERE;
}

function endsOf({ localAddress, localPort, remoteAddress, remotePort }: OpsRequest['ends']) {
  const localIp = parseIp(localAddress ?? '');
  const peerIp = parseIp(remoteAddress ?? '');
  if (localIp === undefined || peerIp === undefined) return null;
  if (localPort === undefined || remotePort === undefined) return null;
  return { localIp: unmapped(localIp), localPort, peerIp: unmapped(peerIp), peerPort: remotePort };
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
