import { setInt } from './socket.ts';

/** include/uapi/linux/in.h, include/uapi/linux/in6.h */
const SOL_IP = 0;
const IP_TRANSPARENT = 19;
const SOL_IPV6 = 41;
const IPV6_TRANSPARENT = 75;

/**
 * Lets a socket of the family of `ip` bind addresses that are not of this host. 0, or -EPERM: it needs CAP_NET_RAW or
 * CAP_NET_ADMIN.
 */
export function setTransparent(fd: number, ip: Uint8Array): number {
  return ip.length === 4 ? setInt(fd, SOL_IP, IP_TRANSPARENT, 1) : setInt(fd, SOL_IPV6, IPV6_TRANSPARENT, 1);
}
