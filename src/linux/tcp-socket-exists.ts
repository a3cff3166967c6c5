import { ERRNO } from './errno.ts';
import { NETLINK, Netlink } from './netlink.ts';
import { AF } from './sockaddr.ts';

/** include/uapi/linux/sock_diag.h, include/uapi/linux/in.h, include/net/tcp_states.h */
const SOCK_DIAG_BY_FAMILY = 20;
const IPPROTO_TCP = 6;
const TCP_LISTEN = 10;
const ALL_STATES = 0xffffffff;
/**
 * struct inet_diag_req_v2 (include/uapi/linux/inet_diag.h): 56 = family 1 + protocol 1 + extensions 1 + unused 1 + states 4 +
 * ports 2 × 2 + addresses 2 × 16 + interface 4 + cookie 8.
 */
const REQUEST_BYTES = 56;
const STATES_AT = 4;
const LOCAL_PORT_AT = 8;
const PEER_PORT_AT = 10;
const LOCAL_IP_AT = 12;
const PEER_IP_AT = 28;
const COOKIE_AT = 48;
/** struct inet_diag_msg begins with family, state, timer, retransmits; the ports are at 4 and 6. */
const STATE_AT = 1;
const FOUND_LOCAL_PORT_AT = 4;
const FOUND_PEER_PORT_AT = 6;

/** Both ends of a TCP connection: addresses of 4 or 16 bytes, both of one family. */
export interface TcpEnds {
  readonly localIp: Uint8Array;
  readonly localPort: number;
  readonly peerIp: Uint8Array;
  readonly peerPort: number;
}

/**
 * Whether this network namespace has a connection with these ends; null if the kernel does not tell. One lookup by INET_DIAG,
 * whose cost does not depend on the number of sockets. A kernel without `tcp_diag` answers as if there were none: callers first
 * ask for a connection that they know. IPv4 connections of an IPv6 listener are found by their IPv4 addresses.
 */
export function tcpSocketExists(ends: TcpEnds): boolean | null {
  if (ends.localIp.length !== ends.peerIp.length) return false;
  let netlink: Netlink;
  try {
    netlink = new Netlink(NETLINK.SOCK_DIAG);
  } catch {
    return null;
  }
  try {
    const found = netlink.get({
      type: SOCK_DIAG_BY_FAMILY,
      flags: 0,
      header: formatLookup(ends),
      attributes: [],
    });
    if (typeof found === 'number') return found === -ERRNO.ENOENT ? false : null;
    return isConnection(found.body, ends);
  } finally {
    netlink.close();
  }
}

function formatLookup({ localIp, localPort, peerIp, peerPort }: TcpEnds): Uint8Array {
  const header = new Uint8Array(REQUEST_BYTES);
  const view = new DataView(header.buffer);
  header[0] = localIp.length === 4 ? AF.INET : AF.INET6;
  header[1] = IPPROTO_TCP;
  view.setUint32(STATES_AT, ALL_STATES, true);
  view.setUint16(LOCAL_PORT_AT, localPort);
  view.setUint16(PEER_PORT_AT, peerPort);
  header.set(localIp, LOCAL_IP_AT);
  header.set(peerIp, PEER_IP_AT);
  // INET_DIAG_NOCOOKIE: any socket of these addresses.
  header.fill(0xff, COOKIE_AT);
  return header;
}

/** If there is no such connection, the kernel gives the listening socket that one would reach. */
function isConnection(body: Uint8Array, { localPort, peerPort }: TcpEnds): boolean {
  if (body.length < FOUND_PEER_PORT_AT + 2 || body[STATE_AT] === TCP_LISTEN) return false;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  return view.getUint16(FOUND_LOCAL_PORT_AT) === localPort && view.getUint16(FOUND_PEER_PORT_AT) === peerPort;
}
