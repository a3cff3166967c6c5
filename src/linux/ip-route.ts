import { ERRNO } from './errno.ts';
import { type Netlink, NLM_F } from './netlink.ts';
import { type Attribute, parseAttributes, readWord, word } from './netlink-message.ts';
import { AF } from './sockaddr.ts';

/** include/uapi/linux/rtnetlink.h */
const RTM = { NEWROUTE: 24, DELROUTE: 25, GETROUTE: 26 } as const;
const RTA = { DST: 1, SRC: 2, IIF: 3, OIF: 4, GATEWAY: 5, TABLE: 15, MARK: 16, VIA: 18 } as const;
/** Types of routes: what happens to a packet. */
export const RTN = { UNICAST: 1, LOCAL: 2, BROADCAST: 3, ANYCAST: 4, MULTICAST: 5 } as const;
const RT_SCOPE_HOST = 254;
/** The table in which the kernel keeps the addresses of this host. */
export const RT_TABLE_LOCAL = 255;
/** The table of ordinary routes. */
export const RT_TABLE_MAIN = 254;
/** include/uapi/linux/if.h knows no name for it: `lo` is the first interface of every network namespace. */
export const LOOPBACK_INDEX = 1;
/** struct rtmsg: family, dst_len, src_len, tos, table, protocol, scope, type, then 4 of flags. */
const HEADER_BYTES = 12;
const MOST_IN_HEADER = 255;

export interface IpRoute {
  /** 4 or 16 bytes. */
  readonly to: Uint8Array;
  readonly prefix: number;
  /** Of `RTN`. */
  readonly type: number;
  readonly table: number;
  /** Index of the interface; 0: none. */
  readonly index: number;
  /** Who made it (rtm_protocol); 0: not said. */
  readonly protocol: number;
  /** Whether the next hop is another machine. False: the destination is of this host, or attached to the interface. */
  readonly hasGateway: boolean;
}

/** A route that this module can add: it has no gateway. */
export type NewRoute = Omit<IpRoute, 'hasGateway'>;

/** Adds a route. -EEXIST if the table has one to the destination. */
export function addRoute(netlink: Netlink, route: NewRoute): number {
  return netlink.change({ type: RTM.NEWROUTE, flags: NLM_F.CREATE | NLM_F.EXCL, ...written(route) });
}

export function deleteRoute(netlink: Netlink, route: NewRoute): number {
  return netlink.change({ type: RTM.DELROUTE, flags: 0, ...written(route) });
}

/** The routes of one table and family (4 or 6), or the negative errno. A table that does not exist is empty. */
export function listRoutes(netlink: Netlink, family: 4 | 6, table: number): readonly IpRoute[] | number {
  const { header, attributes } = question(family, table);
  const messages = netlink.dump({ type: RTM.GETROUTE, flags: 0, header, attributes });
  if (messages === -ERRNO.ENOENT) return [];
  if (typeof messages === 'number') return messages;
  // A kernel without IPv6 answers with the routes of IPv4.
  const bytes = family === 4 ? 4 : 16;
  return messages
    .map(({ body }) => parseRoute(body))
    .filter((route) => route.table === table && route.to.length === bytes);
}

/**
 * The route that a packet from one address (null: from any) to another takes, or the negative errno. Without `iif` it is a packet of
 * this host; with it, one that comes in by the interface of this index, which reverse path filtering may refuse (EXDEV, EINVAL).
 */
export function lookUpRoute(
  netlink: Netlink,
  from: Uint8Array | null,
  to: Uint8Array,
  mark = 0,
  iif = 0,
): IpRoute | number {
  const { header } = question(to.length === 4 ? 4 : 6, 0);
  header[1] = to.length * 8;
  header[2] = (from?.length ?? 0) * 8;
  const attributes: Attribute[] = [[RTA.DST, to]];
  if (from !== null) attributes.push([RTA.SRC, from]);
  if (mark !== 0) attributes.push([RTA.MARK, word(mark)]);
  if (iif !== 0) attributes.push([RTA.IIF, word(iif)]);
  const message = netlink.get({ type: RTM.GETROUTE, flags: 0, header, attributes });
  return typeof message === 'number' ? message : parseRoute(message.body);
}

function question(family: 4 | 6, table: number) {
  const header = new Uint8Array(HEADER_BYTES);
  header[0] = family === 4 ? AF.INET : AF.INET6;
  header[4] = table > MOST_IN_HEADER ? 0 : table;
  const attributes: Attribute[] = table > 0 ? [[RTA.TABLE, word(table)]] : [];
  return { header, attributes };
}

function written({ to, prefix, type, table, index, protocol }: NewRoute) {
  const { header, attributes } = question(to.length === 4 ? 4 : 6, table);
  header[1] = prefix;
  header[5] = protocol;
  header[6] = RT_SCOPE_HOST;
  header[7] = type;
  if (prefix > 0) attributes.push([RTA.DST, to]);
  attributes.push([RTA.OIF, word(index)]);
  return { header, attributes };
}

/** The kernel omits the destination of a default route. */
export function parseRoute(body: Uint8Array): IpRoute {
  const [family, prefix, , , shortTable, protocol, , type] = body;
  const attributes = parseAttributes(body, HEADER_BYTES);
  return {
    to: attributes.get(RTA.DST) ?? new Uint8Array(family === AF.INET ? 4 : 16),
    prefix: prefix!,
    type: type!,
    table: readWord(attributes.get(RTA.TABLE)) ?? shortTable!,
    index: readWord(attributes.get(RTA.OIF)) ?? 0,
    protocol: protocol!,
    // VIA: a gateway of the other family.
    hasGateway: attributes.has(RTA.GATEWAY) || attributes.has(RTA.VIA),
  };
}
