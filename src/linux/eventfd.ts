import { declare, errno } from './libc.ts';
import { allocate } from './memory.ts';

// EFD_NONBLOCK | EFD_CLOEXEC (include/uapi/linux/eventfd.h)
const FLAGS = 0o4000 | 0o2000000;

const eventfd = declare('int eventfd(unsigned int value, int flags)');
const read = declare('intptr_t read(int fd, uintptr_t bytes, uintptr_t length)');
const write = declare('intptr_t write(int fd, uintptr_t bytes, uintptr_t length)');

const counter = allocate(8);

/** A descriptor that another thread can make readable, or a negative errno. */
export function openEventfd(): number {
  const fd = eventfd(0, FLAGS);
  return fd < 0 ? -errno() : fd;
}

export function raise(fd: number): void {
  counter.view.setUint32(0, 1, true);
  counter.view.setUint32(4, 0, true);
  write(fd, counter.address, 8);
}

/** Makes it unreadable again. */
export function clear(fd: number): void {
  read(fd, counter.address, 8);
}
