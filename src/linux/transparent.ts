import { setInt } from './socket.ts';

/** include/uapi/linux/in.h, include/uapi/linux/in6.h, include/uapi/asm-generic/socket.h */
const SOL_IP = 0;
const IP_TRANSPARENT = 19;
const SOL_IPV6 = 41;
const IPV6_TRANSPARENT = 75;
const SOL_SOCKET = 1;
const SO_MARK = 36;

/**
 * The mark of what Herald sends from the address of a client to an endpoint that is not on loopback. The rules of `herald routes up
 * --node` keep such packets from a default route. Without those rules it means nothing.
 */
export const DIAL_MARK = 0x3049;

/**
 * Lets a socket of the family of `ip` bind addresses that are not of this host. 0, or -EPERM: it needs CAP_NET_RAW or
 * CAP_NET_ADMIN.
 */
export function setTransparent(fd: number, ip: Uint8Array): number {
  return ip.length === 4 ? setInt(fd, SOL_IP, IP_TRANSPARENT, 1) : setInt(fd, SOL_IPV6, IPV6_TRANSPARENT, 1);
}

/** Gives what a socket sends the mark of dials. 0, or -EPERM: before Linux 5.17 it needs CAP_NET_ADMIN. */
export function setDialMark(fd: number): number {
  return setInt(fd, SOL_SOCKET, SO_MARK, DIAL_MARK);
}
