import { ERRNO, errnoName } from '../linux/errno.ts';
import { lookUpRoute, RTN } from '../linux/ip-route.ts';
import type { Netlink } from '../linux/netlink.ts';
import { bindTcp, close, tcpSocket } from '../linux/socket.ts';
import { setTransparent } from '../linux/transparent.ts';
import { StartError } from '../proxy/start-error.ts';

interface Try {
  readonly loopback: Uint8Array;
  /** Of nobody: RFC 5737's and RFC 3849's addresses for documentation. */
  readonly stranger: Uint8Array;
}

const TRIES: { readonly [family in 4 | 6]: Try } = {
  4: { loopback: Uint8Array.of(127, 0, 0, 1), stranger: Uint8Array.of(203, 0, 113, 1) },
  6: {
    loopback: new Uint8Array(16).fill(1, 15),
    stranger: Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, ...new Array<number>(11).fill(0), 1),
  },
};

/**
 * Tries what a transparent connection of the family needs: to bind a stranger's address, and that what loopback
 * answers it would come back. Throws a `StartError` that says what is missing, and how to get it.
 */
export function probeTransparent(netlink: Netlink, family: 4 | 6): void {
  const { loopback, stranger } = TRIES[family];
  const bound = bindStranger(stranger);
  if (bound === -ERRNO.EPERM) {
    throw new StartError(
      'capability_missing',
      '--present transparent needs CAP_NET_RAW, to bind the address of a client; in a pod: runAsUser: 0 and capabilities with drop: [ALL], add: [NET_RAW]',
    );
  }
  if (bound < 0) throw unavailable(family, bound);
  const route = lookUpRoute(netlink, loopback, stranger);
  // Without a way to the stranger there is none at all; to another interface 127.0.0.1 is refused (EINVAL).
  if (typeof route === 'number' || route.type !== RTN.LOCAL) {
    throw new StartError(
      'routes_missing',
      `--present transparent: what an endpoint on loopback answers over IPv${family} would leave this host, for the routes are missing; run "herald routes up" in this network namespace, as UID 0 with CAP_NET_ADMIN (in a pod: an init container)`,
    );
  }
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
    `--present transparent can not be had over IPv${family} here: ${errnoName(-result)}`,
  );
}
