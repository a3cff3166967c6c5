import { EPOLL } from '../linux/epoll.ts';
import { ERRNO, errnoName } from '../linux/errno.ts';
import type { Memory } from '../linux/memory.ts';
import { localAddress, receive, socketError, transmit } from '../linux/socket.ts';
import type { Loop, Watcher } from '../loop/loop.ts';
import type { PlayedClient } from './played-clients.ts';
import type { Conversation, LoadConnection } from './sockets.ts';

/** What all connections of a thread share. */
interface EpollParts {
  readonly loop: Loop;
  readonly input: Memory;
  /** The same memory as `input`. */
  readonly inputBuffer: Buffer;
  readonly output: Memory;
  readonly poured: Memory;
}

const FAILED = EPOLL.ERR | EPOLL.HUP;
/** Reads in a row before other connections get their turn. */
const MAX_READS = 16;

/** One connection on a file descriptor, watched edge-triggered. */
export class EpollConnection implements LoadConnection, Watcher {
  readonly #parts: EpollParts;
  readonly #fd: number;
  readonly #conversation: Conversation;
  #connected = false;
  #closed = false;
  #ended = false;
  /** Bytes that the kernel has not accepted yet. */
  #backlog: Uint8Array | null = null;
  #full = false;
  #hungUp = false;

  constructor(parts: EpollParts, fd: number, conversation: Conversation) {
    this.#parts = parts;
    this.#fd = fd;
    this.#conversation = conversation;
  }

  ready(events: number): void {
    if (!this.#connected) {
      const errno = events & FAILED ? socketError(this.#fd) : 0;
      if (errno !== 0) {
        this.#fail(errno);
        return;
      }
      if (!(events & EPOLL.OUT)) return;
      this.#connected = true;
      this.#conversation.connected();
    } else if (events & EPOLL.OUT && !this.#closed && (this.#backlog !== null || this.#full)) this.#resume();
    if (events & (EPOLL.RDHUP | FAILED)) this.#hungUp = true;
    if (events & (EPOLL.IN | EPOLL.RDHUP | FAILED)) this.#read();
  }

  send(length: number): void {
    const { output } = this.#parts;
    // What is queued goes first, to keep the order.
    const sent = this.#backlog !== null ? 0 : transmit(this.#fd, output.address, length);
    if (sent === length) return;
    if (sent < 0 && sent !== -ERRNO.EAGAIN) {
      this.#failLater(-sent);
      return;
    }
    const rest = output.bytes.slice(Math.max(sent, 0), length);
    this.#backlog = this.#backlog === null ? rest : Buffer.concat([this.#backlog, rest]);
  }

  pour(): number {
    const { poured } = this.#parts;
    if (this.#closed || this.#backlog !== null) return 0;
    const sent = transmit(this.#fd, poured.address, poured.bytes.length);
    this.#full = sent === -ERRNO.EAGAIN;
    if (sent < 0 && !this.#full) this.#failLater(-sent);
    return Math.max(sent, 0);
  }

  get ending(): boolean {
    return this.#hungUp;
  }

  local(): PlayedClient | null {
    return localAddress(this.#fd);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#parts.loop.close(this.#fd);
  }

  #resume(): void {
    if (this.#backlog !== null) {
      // The input buffer is free: nothing has been read in this turn yet.
      const { input } = this.#parts;
      const part = this.#backlog.subarray(0, input.bytes.length);
      input.bytes.set(part);
      const sent = transmit(this.#fd, input.address, part.length);
      if (sent === -ERRNO.EAGAIN) return;
      if (sent < 0) {
        this.#fail(-sent);
        return;
      }
      const rest = this.#backlog.subarray(sent);
      this.#backlog = rest.length === 0 ? null : rest;
      if (sent === part.length && rest.length > 0) {
        this.#resume();
        return;
      }
      if (rest.length > 0) return;
    }
    this.#full = false;
    this.#conversation.writable();
  }

  #read(): void {
    const { input, inputBuffer } = this.#parts;
    for (let reads = 0; !this.#closed && !this.#ended; reads++) {
      if (reads === MAX_READS) {
        this.#parts.loop.again(() => this.#read());
        return;
      }
      const count = receive(this.#fd, input.address, inputBuffer.length);
      if (count === -ERRNO.EAGAIN) return;
      if (count === -ERRNO.EINTR) continue;
      if (count < 0) {
        this.#fail(-count);
        return;
      }
      if (count === 0) {
        this.#ended = true;
        this.#conversation.ended();
        return;
      }
      this.#conversation.received(inputBuffer, count);
      // A short read has emptied the socket. An end of stream after it is a new event, unless it was reported already.
      if (count < inputBuffer.length && !this.#hungUp) return;
    }
  }

  /** Deferred: the conversation must not get `failed` while it is calling `send` or `pour`. */
  #failLater(errno: number): void {
    this.#parts.loop.again(() => this.#fail(errno));
  }

  #fail(errno: number): void {
    if (this.#closed) return;
    this.close();
    this.#conversation.failed(errnoName(errno));
  }
}
