import { arch } from 'node:process';
import { declare, errno } from './libc.ts';
import { allocate, free, type Memory } from './memory.ts';

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
const close = declare('int close(int fd)');
const wait = declare('int epoll_wait(int epoll, uintptr_t events, int most, int timeout)');

/** An epoll set, with memory for a batch of its events. Results are negative errnos on failure. */
export class Epoll {
  readonly fd: number;
  /** The events of a batch, and behind them the one argument of epoll_ctl. */
  readonly #events: Memory;
  readonly #most: number;
  readonly #oneAt: number;
  readonly #oneAddress: number;

  /** Throws if the kernel gives no set: nothing works without it. */
  constructor(most: number) {
    this.#most = most;
    this.#oneAt = EVENT_BYTES * most;
    this.#events = allocate(EVENT_BYTES * (most + 1));
    this.#oneAddress = this.#events.address + this.#oneAt;
    this.fd = create1(CLOEXEC);
    if (this.fd < 0) {
      const code = errno();
      free(this.#events);
      throw new Error(`epoll_create1: errno ${code}`);
    }
  }

  add(fd: number, events: number): number {
    this.#events.view.setInt32(this.#oneAt, events, true);
    this.#events.view.setInt32(this.#oneAt + DATA_AT, fd, true);
    return ctl(this.fd, CTL.ADD, fd, this.#oneAddress) < 0 ? -errno() : 0;
  }

  remove(fd: number): number {
    return ctl(this.fd, CTL.DEL, fd, this.#oneAddress) < 0 ? -errno() : 0;
  }

  /** Waits for events, at most so many milliseconds. Gives their number. */
  wait(timeoutMs: number): number {
    const count = wait(this.fd, this.#events.address, this.#most, timeoutMs);
    return count < 0 ? -errno() : count;
  }

  /** Closes the set. It must not be used again. */
  close(): void {
    close(this.fd);
    free(this.#events);
  }

  /** The flags of the event with this index of the batch. */
  eventsAt(index: number): number {
    return this.#events.view.getInt32(index * EVENT_BYTES, true);
  }

  /** Its descriptor. */
  fdAt(index: number): number {
    return this.#events.view.getInt32(index * EVENT_BYTES + DATA_AT, true);
  }
}
