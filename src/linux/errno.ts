/** Linux's numbers, the same on x86-64 and arm64 (include/uapi/asm-generic/errno-base.h, errno.h). */
export const ERRNO = {
  EINTR: 4,
  EIO: 5,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EPIPE: 32,
  ENFILE: 23,
  EMFILE: 24,
  EACCES: 13,
  EPERM: 1,
  EEXIST: 17,
  ENODEV: 19,
  ENOTDIR: 20,
  EINVAL: 22,
  ENOSPC: 28,
  EROFS: 30,
  ENAMETOOLONG: 36,
  ELOOP: 40,
  ENOENT: 2,
  ESRCH: 3,
  ENOSYS: 38,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENOTSOCK: 88,
  EPROTONOSUPPORT: 93,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ENETRESET: 102,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  ENOTCONN: 107,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTDOWN: 112,
  EHOSTUNREACH: 113,
  EINPROGRESS: 115,
} as const;

const names = new Map(Object.entries(ERRNO).map(([name, number]) => [number as number, name]));

/** The name of an errno: `ECONNRESET` of 104; `E104` if it has none here. */
export function errnoName(number: number): string {
  return names.get(number) ?? `E${number}`;
}
