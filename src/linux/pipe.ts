import { fcntl } from './descriptor-flags.ts';
import { declare, errno } from './libc.ts';
import { allocate } from './memory.ts';

// O_NONBLOCK | O_CLOEXEC
const FLAGS = 0o4000 | 0o2000000;
// SPLICE_F_MOVE | SPLICE_F_NONBLOCK (include/linux/splice.h)
const SPLICE = 0x01 | 0x02;
// include/uapi/linux/fcntl.h: F_LINUX_SPECIFIC_BASE + 7
const F_SETPIPE_SZ = 1024 + 7;

const pipe2 = declare('int pipe2(uintptr_t fds, int flags)');
const spliceCall = declare(
  'intptr_t splice(int from, uintptr_t from_at, int to, uintptr_t to_at, uintptr_t length, unsigned int flags)',
);

const pair = allocate(8);

/** The two ends of a pipe. */
export interface Pipe {
  readonly read: number;
  readonly write: number;
}

/** A new pipe, or the negative errno. */
export function openPipe(): Pipe | number {
  if (pipe2(pair.address, FLAGS) < 0) return -errno();
  return { read: pair.view.getInt32(0, true), write: pair.view.getInt32(4, true) };
}

/** Lets a pipe hold more than 64 KiB. A negative errno if the kernel refuses: it is then unchanged. */
export function widenPipe({ write }: Pipe, bytes: number): number {
  const result = fcntl(write, F_SETPIPE_SZ, bytes);
  return result < 0 ? -errno() : result;
}

/** Moves bytes within the kernel. 0 is the end of the stream, a negative result an errno. */
export function splice(from: number, to: number, bytes: number): number {
  const count = spliceCall(from, 0, to, 0, bytes, SPLICE);
  return count < 0 ? -errno() : count;
}
