import { ERRNO } from './errno.ts';
import { declare, errno } from './libc.ts';
import { allocate } from './memory.ts';
import { AF } from './sockaddr.ts';

/** include/linux/net.h, include/linux/socket.h */
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const MSG_NOSIGNAL = 0x4000;

/** struct sockaddr_un: 2 bytes of family, 108 of path. */
const PATH_AT = 2;
const PATH_BYTES = 108;
/** Longer datagrams are refused: the ones that are sent from here are a few lines of text. */
const MOST_BYTES = 4096;

const socket = declare('int socket(int domain, int type, int protocol)');
const sendto = declare(
  'int sendto(int fd, uintptr_t bytes, uintptr_t length, int flags, uintptr_t address, uint32_t size)',
);
const close = declare('int close(int fd)');

const target = allocate(PATH_AT + PATH_BYTES);
const message = allocate(MOST_BYTES);

/**
 * Sends one datagram to a unix socket: a path, or `@` and a name of the abstract namespace. Never blocks and never raises a
 * signal. 0, or the negative errno: -EAGAIN if the receiver's queue is full, -EINVAL if the path or the datagram is too long.
 */
export function sendDatagram(path: string, bytes: Uint8Array): number {
  const name = new TextEncoder().encode(path);
  const isAbstract = path.startsWith('@');
  // A path ends with a NUL, an abstract name with the length of the address.
  const size = PATH_AT + name.length + (isAbstract ? 0 : 1);
  if (name.length === 0 || size > PATH_AT + PATH_BYTES || bytes.length > MOST_BYTES) return -ERRNO.EINVAL;
  target.bytes.fill(0);
  target.view.setUint16(0, AF.UNIX, true);
  target.bytes.set(name, PATH_AT);
  if (isAbstract) target.bytes[PATH_AT] = 0;
  message.bytes.set(bytes);
  const fd = socket(AF.UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno();
  const sent = sendto(fd, message.address, bytes.length, MSG_NOSIGNAL, target.address, size);
  const result = sent < 0 ? -errno() : 0;
  close(fd);
  return result;
}
