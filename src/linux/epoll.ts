import { arch } from 'node:process';
import { declare, errno } from './libc.ts';
import { allocate, type Memory } from './memory.ts';

/** include/uapi/linux/eventpoll.h */
export const EPOLL = {
  IN: 0x001,
  PRI: 0x002,
  OUT: 0x004,
  ERR: 0x008,
  HUP: 0x010,
  RDHUP: 0x2000,
  EXCLUSIVE: 1 << 28,
  ET: 1 << 31,
} as const;

const CTL = { ADD: 1, DEL: 2 } as const;
const CLOEXEC = 0o2000000;

// struct epoll_event is packed on x86-64: 12 = 4 of events + 8 of data. Elsewhere 16 = 4 + 4 of padding + 8.
const PACKED = arch === 'x64';
const EVENT_BYTES = PACKED ? 12 : 16;
const DATA_AT = PACKED ? 4 : 8;

const create1 = declare('int epoll_create1(int flags)');
const ctl = declare('int epoll_ctl(int epoll, int op, int fd, uintptr_t event)');
const wait = declare('int epoll_wait(int epoll, uintptr_t events, int most, int timeout)');

/** A set of descriptors, and room for what happens to them. Results are negative errnos where they fail. */
export class Epoll {
  readonly fd: number;
  readonly #one = allocate(EVENT_BYTES);
  readonly #events: Memory;
  readonly #most: number;

  /** Throws where the kernel gives no set: nothing works then. */
  constructor(most: number) {
    this.#most = most;
    this.#events = allocate(EVENT_BYTES * most);
    this.fd = create1(CLOEXEC);
    if (this.fd < 0) throw new Error(`epoll_create1: errno ${errno()}`);
  }

  add(fd: number, events: number): number {
    this.#one.view.setInt32(0, events, true);
    this.#one.view.setInt32(DATA_AT, fd, true);
    return ctl(this.fd, CTL.ADD, fd, this.#one.address) < 0 ? -errno() : 0;
  }

  remove(fd: number): number {
    return ctl(this.fd, CTL.DEL, fd, this.#one.address) < 0 ? -errno() : 0;
  }

  /** Waits for events, at most so many milliseconds, and gives their number. */
  wait(timeoutMs: number): number {
    const count = wait(this.fd, this.#events.address, this.#most, timeoutMs);
    return count < 0 ? -errno() : count;
  }

  /** What happened, of the event with this index. */
  eventsAt(index: number): number {
    return this.#events.view.getInt32(index * EVENT_BYTES, true);
  }

  /** To which descriptor. */
  fdAt(index: number): number {
    return this.#events.view.getInt32(index * EVENT_BYTES + DATA_AT, true);
  }
}
