import { declare, errno } from './libc.ts';
import { allocate } from './memory.ts';

const CLOCK_MONOTONIC = 1;
// TFD_NONBLOCK | TFD_CLOEXEC (include/linux/timerfd.h)
const FLAGS = 0o4000 | 0o2000000;
const NS_PER_US = 1000;
const US_PER_S = 1_000_000;

const create = declare('int timerfd_create(int clock, int flags)');
const settime = declare('int timerfd_settime(int fd, int flags, uintptr_t value, uintptr_t old)');

// struct itimerspec: interval and first time, each 8 bytes of seconds + 8 of nanoseconds.
const spec = allocate(32);

/** A descriptor that becomes readable at a time, more exactly than the milliseconds of `epoll_wait`; or a negative errno. */
export function openTimerfd(): number {
  const fd = create(CLOCK_MONOTONIC, FLAGS);
  return fd < 0 ? -errno() : fd;
}

/** Makes it readable once, in so many microseconds, and not before. */
export function setTimerfd(fd: number, inUs: number): number {
  // 0 would disarm it.
  const us = Math.max(inUs, 1);
  const seconds = Math.floor(us / US_PER_S);
  spec.view.setUint32(16, seconds, true);
  spec.view.setUint32(24, Math.floor((us - seconds * US_PER_S) * NS_PER_US), true);
  return settime(fd, 0, spec.address, 0) < 0 ? -errno() : 0;
}
