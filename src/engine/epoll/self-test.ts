import { Epoll } from '../../linux/epoll.ts';
import { ERRNO, errnoName } from '../../linux/errno.ts';
import { openEventfd } from '../../linux/eventfd.ts';
import { allocate, free } from '../../linux/memory.ts';
import { accept, close, receive, setReusePort, tcpSocket, transmit } from '../../linux/socket.ts';

const ANY_V4 = new Uint8Array(4);
const FORBIDDEN: readonly number[] = [-ERRNO.EPERM, -ERRNO.EACCES, -ERRNO.ENOSYS];

/**
 * Tries each system call that sessions need and Node does not use, on an unconnected socket. Throws if the kernel forbids one
 * (seccomp, a sandbox). Without it every session would fail, although the net engine could serve.
 */
export function selfTest(threads: number): void {
  const memory = allocate(1);
  const epoll = new Epoll(1);
  const fd = tcpSocket(ANY_V4);
  const wakeFd = openEventfd();
  try {
    need('socket', fd);
    need('eventfd', wakeFd);
    need('epoll_ctl', epoll.add(wakeFd, 0));
    need('epoll_wait', epoll.wait(0));
    need('accept4', accept(fd));
    need('recv', receive(fd, memory.address, 1));
    need('send', transmit(fd, memory.address, 1));
    // A single thread does not need SO_REUSEPORT.
    if (threads > 1) need('SO_REUSEPORT', setReusePort(fd));
  } finally {
    for (const each of [fd, wakeFd]) if (each >= 0) close(each);
    epoll.close();
    free(memory);
  }
}

function need(call: string, result: number): void {
  if (FORBIDDEN.includes(result)) throw new Error(`the kernel forbids ${call} (${errnoName(-result)})`);
}
