import { EPOLL, Epoll } from '../src/linux/epoll.ts';
import { ERRNO, errnoName } from '../src/linux/errno.ts';
import { allocate } from '../src/linux/memory.ts';
import { close, connectTcp, receive, socketError, tcpSocket, transmit } from '../src/linux/socket.ts';

/** What a connection of the load generator does with what happens to it. */
export interface Conversation {
  /** Connected: now it may send. */
  connected(fd: number): void;
  /** `count` bytes lie at the start of `INPUT`; 0 is the end of the stream. */
  received(fd: number, count: number): void;
}

export const INPUT = allocate(256 * 1024);

const OUTPUT = allocate(1024);
const LOOPBACK = new Uint8Array([127, 0, 0, 1]);
const WATCHED = EPOLL.IN | EPOLL.OUT | EPOLL.RDHUP | EPOLL.ET;
const BATCH = 256;
const STALL_MS = 10_000;

/**
 * The sockets of the load generator: one thread, edge-triggered, no streams in between. Whatever a proxy does
 * that it should not is an Error here, for a run with lost connections is not a measurement.
 */
export class LoadSockets {
  readonly #epoll = new Epoll(BATCH);
  readonly #open: ({ conversation: Conversation; connected: boolean } | undefined)[] = [];

  connect(port: number, conversation: Conversation): number {
    const fd = tcpSocket(LOOPBACK);
    if (fd < 0) throw new Error(`no socket for a client: ${errnoName(-fd)}`);
    const result = connectTcp(fd, LOOPBACK, port);
    if (result < 0 && result !== -ERRNO.EINPROGRESS) {
      close(fd);
      throw new Error(`a client could not connect: ${errnoName(-result)}`);
    }
    this.#open[fd] = { conversation, connected: false };
    this.#epoll.add(fd, WATCHED);
    return fd;
  }

  send(fd: number, bytes: Uint8Array): void {
    OUTPUT.bytes.set(bytes);
    const count = transmit(fd, OUTPUT.address, bytes.length);
    if (count !== bytes.length) throw new Error(`a client could not send: ${errnoName(-count)}`);
  }

  /** Whether nobody has ended it, and nothing came that was not read. */
  isQuiet(fd: number): boolean {
    return receive(fd, INPUT.address, 1) === -ERRNO.EAGAIN;
  }

  close(fd: number): void {
    this.#open[fd] = undefined;
    close(fd);
  }

  closeAll(): void {
    this.#open.forEach((open, fd) => {
      if (open !== undefined) this.close(fd);
    });
  }

  /** Turns until `done`; throws where nothing happens for too long. */
  runUntil(done: () => boolean, progress: () => string): void {
    while (!done()) {
      const count = this.#epoll.wait(STALL_MS);
      if (count === 0) throw new Error(`nothing moved for ${STALL_MS / 1000} s: ${progress()}`);
      for (let index = 0; index < count; index++) {
        this.#ready(this.#epoll.fdAt(index), this.#epoll.eventsAt(index));
      }
    }
  }

  #ready(fd: number, events: number): void {
    const open = this.#open[fd];
    if (open === undefined) return;
    if (!open.connected) {
      const errno = events & (EPOLL.ERR | EPOLL.HUP) ? socketError(fd) : 0;
      if (errno !== 0) throw new Error(`a client could not connect: ${errnoName(errno)}`);
      if (!(events & EPOLL.OUT)) return;
      open.connected = true;
      open.conversation.connected(fd);
    }
    if (!(events & (EPOLL.IN | EPOLL.RDHUP | EPOLL.ERR | EPOLL.HUP))) return;
    // Edge-triggered: until the kernel has no more, or the conversation has closed.
    while (this.#open[fd] === open) {
      const count = receive(fd, INPUT.address, INPUT.bytes.length);
      if (count === -ERRNO.EAGAIN) return;
      if (count === -ERRNO.EINTR) continue;
      if (count < 0) throw new Error(`a client's connection broke: ${errnoName(-count)}`);
      open.conversation.received(fd, count);
      // A short read has drained it; an end behind it is an event of its own, unless it came with this one.
      if (count < INPUT.bytes.length && !(events & EPOLL.RDHUP)) return;
    }
  }
}
