import { familyOf } from '../address/ip.ts';
import { ERRNO, errnoName } from '../linux/errno.ts';
import { lookUpRoute, RTN } from '../linux/ip-route.ts';
import type { Netlink } from '../linux/netlink.ts';
import { bindTcp, close, tcpSocket } from '../linux/socket.ts';
import { setTransparent } from '../linux/transparent.ts';
import { StartError } from '../plan/start-error.ts';
import { NODE_MARK } from './node-rules.ts';

interface ProbeAddresses {
  readonly loopback: Uint8Array;
  /** Addresses that no host should have: those for documentation and benchmarks (RFC 5737, RFC 2544; RFC 3849, RFC 5180). */
  readonly strangers: readonly Uint8Array[];
}

const PROBES: { readonly [family in 4 | 6]: ProbeAddresses } = {
  4: {
    loopback: Uint8Array.of(127, 0, 0, 1),
    strangers: [
      Uint8Array.of(203, 0, 113, 201),
      Uint8Array.of(198, 51, 100, 201),
      Uint8Array.of(192, 0, 2, 201),
      Uint8Array.of(198, 18, 0, 201),
    ],
  },
  6: {
    loopback: new Uint8Array(16).fill(1, 15),
    strangers: [
      Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, ...new Array<number>(11).fill(0x51), 1),
      Uint8Array.of(0x20, 0x01, 0, 0x02, 0, 0, ...new Array<number>(9).fill(0x51), 1),
    ],
  },
};

/** Tests whether this process may bind a foreign address. Throws a `StartError` that says what is missing and how to get it. */
export function probeBind(family: 4 | 6): void {
  const bound = bindStranger(PROBES[family].strangers[0]!);
  if (bound === -ERRNO.EPERM) {
    throw new StartError(
      'capability_missing',
      '--present transparent needs CAP_NET_RAW to bind the address of a client; in a pod: runAsUser: 0 and capabilities with drop: [ALL], add: [NET_RAW]',
    );
  }
  if (bound < 0) throw unavailable(family, bound);
}

/**
 * True if the answer of an endpoint on loopback to an address that is not this host's comes back to this host. An address
 * that this host has proves nothing, because its answers come back without any route; test setups often have some of these.
 */
export function hasRoutes(netlink: Netlink, family: 4 | 6): boolean {
  const { loopback, strangers } = PROBES[family];
  const isLocal = (from: Uint8Array | null, to: Uint8Array): boolean => {
    const route = lookUpRoute(netlink, from, to);
    // An error means no route: there is no default route, or 127.0.0.1 may not leave by another interface (EINVAL).
    return typeof route !== 'number' && route.type === RTN.LOCAL;
  };
  const stranger = strangers.find((address) => !isLocal(null, address));
  return stranger === undefined || isLocal(loopback, stranger);
}

/**
 * True if the answer of an endpoint of this node, which comes in by the interface of this index, is led to this host if it has the mark.
 * Whether it gets the mark cannot be asked without CAP_NET_ADMIN: only a proof shows it.
 */
export function hasNodeRoutes(netlink: Netlink, endpoint: Uint8Array, index: number): boolean {
  const route = lookUpRoute(netlink, endpoint, strangerFor(netlink, endpoint), NODE_MARK, index);
  return typeof route !== 'number' && route.type === RTN.LOCAL;
}

/** A foreign address that is neither of this host nor attached to the interface of the endpoint, whose answers would come back by themselves. */
export function strangerFor(netlink: Netlink, endpoint: Uint8Array): Uint8Array {
  const { strangers } = PROBES[familyOf(endpoint)];
  const there = lookUpRoute(netlink, null, endpoint);
  const index = typeof there === 'number' ? 0 : there.index;
  const isForeign = (address: Uint8Array): boolean => {
    const route = lookUpRoute(netlink, null, address);
    return typeof route === 'number' || (route.type !== RTN.LOCAL && route.index !== index);
  };
  return strangers.find(isForeign) ?? strangers[0]!;
}

function bindStranger(stranger: Uint8Array): number {
  const fd = tcpSocket(stranger);
  if (fd < 0) return fd;
  const allowed = setTransparent(fd, stranger);
  const bound = allowed < 0 ? allowed : bindTcp(fd, stranger, 0);
  close(fd);
  return bound;
}

function unavailable(family: 4 | 6, result: number): StartError {
  return new StartError(
    'transparent_unavailable',
    `--present transparent is not possible over IPv${family} on this host: ${errnoName(-result)}`,
  );
}
