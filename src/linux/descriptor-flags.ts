import { declare, errno } from './libc.ts';

// include/uapi/asm-generic/fcntl.h, include/uapi/linux/fcntl.h
const F = { GETFD: 1, SETFD: 2, GETFL: 3, SETFL: 4 } as const;
const FD_CLOEXEC = 1;
const O_NONBLOCK = 0o4000;

/**
 * fcntl is variadic in C. Linux passes a variadic integer in the same register as a named one, on x86-64 (System V ABI §3.5.7:
 * `al` only counts vector registers, and there are none) and on arm64 (AAPCS64 §6.4), so it is declared with one argument more.
 */
export const fcntl = declare('int fcntl(int fd, int command, int value)');

/** Sets O_NONBLOCK, which all descriptors of the socket share. 0, or a negative errno. */
export function setNonBlocking(fd: number): number {
  return addFlag(fd, F.GETFL, F.SETFL, O_NONBLOCK);
}

/** Sets FD_CLOEXEC: no child process inherits this descriptor. 0, or a negative errno. */
export function setCloseOnExec(fd: number): number {
  return addFlag(fd, F.GETFD, F.SETFD, FD_CLOEXEC);
}

function addFlag(fd: number, get: number, set: number, flag: number): number {
  const flags = fcntl(fd, get, 0);
  if (flags < 0) return -errno();
  if ((flags & flag) !== 0) return 0;
  return fcntl(fd, set, flags | flag) < 0 ? -errno() : 0;
}
