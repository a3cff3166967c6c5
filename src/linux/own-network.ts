import { declare } from './libc.ts';
import { allocate } from './memory.ts';
import { close, unixSocket } from './socket.ts';

/** include/uapi/asm-generic/socket.h; SO_NETNS_COOKIE exists since Linux 5.14. */
const SOL_SOCKET = 1;
const SO_NETNS_COOKIE = 71;

const getsockopt = declare('int getsockopt(int fd, int level, int name, uintptr_t value, uintptr_t length)');

const value = allocate(8);
const length = allocate(4);

/**
 * Whether a socket is of the network namespace of this process. False as well if the kernel does not tell, or if it is no
 * socket: then its address may mean another machine.
 */
export function isOfOwnNetwork(fd: number): boolean {
  const cookie = networkOf(fd);
  if (cookie === null) return false;
  const own = unixSocket();
  const isSame = own >= 0 && networkOf(own) === cookie;
  if (own >= 0) close(own);
  return isSame;
}

/** The number of the socket's network namespace; null if it is not known. */
function networkOf(fd: number): bigint | null {
  length.view.setUint32(0, 8, true);
  if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, value.address, length.address) < 0) return null;
  return value.view.getBigUint64(0, true);
}
