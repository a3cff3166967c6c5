import { ERRNO } from './errno.ts';
import { declare, errno } from './libc.ts';
import { allocate } from './memory.ts';

/** include/uapi/asm-generic/poll.h. An error, or the end of the peer, is reported unasked. */
export const POLL = { IN: 0x001, OUT: 0x004 } as const;

const poll = declare('int poll(uintptr_t fds, unsigned long count, int timeout)');

/** struct pollfd: 8 = 4 of the descriptor + 2 of the events asked for + 2 of those that came. */
const one = allocate(8);

/**
 * Blocks the thread until one of the events is there: 1, or 0 if they do not come within `ms`, or a negative errno. Only for
 * the start of a process, which serves nobody yet. Signals do not end the wait.
 */
export function waitFor(fd: number, events: number, ms: number): number {
  const until = performance.now() + ms;
  for (;;) {
    one.view.setInt32(0, fd, true);
    one.view.setInt16(4, events, true);
    const result = poll(one.address, 1, Math.max(0, Math.ceil(until - performance.now())));
    if (result >= 0) return result;
    const code = errno();
    if (code !== ERRNO.EINTR) return -code;
  }
}
