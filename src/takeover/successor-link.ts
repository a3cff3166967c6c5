import type { Socket } from 'node:net';
import { ERRNO, errnoName } from '../linux/errno.ts';
import { sendDescriptors } from '../linux/pass-descriptors.ts';
import { hasEnded } from '../linux/socket.ts';
import type { PeerCredentials } from '../linux/socket-facts.ts';
import { LineBuffer } from './line-buffer.ts';
import { formatRefusal, MOST_HELLO_BYTES } from './protocol.ts';

/** What a link tells its owner. */
export interface LinkEvents {
  /** A line of the successor, in the order of its lines; null for one that is too long, which has to be refused. */
  line(text: string | null): void;
  /** The successor has closed the connection. Told once, and not after `close` or `finish`. */
  lost(): void;
}

/** The old process's end of a connection from a process that may be the successor. */
export class SuccessorLink {
  readonly peer: PeerCredentials;
  readonly #socket: Socket;
  readonly #fd: number;
  readonly #lines = new LineBuffer(MOST_HELLO_BYTES);
  #events: LinkEvents;
  #isClosed = false;
  #hasSpoken = false;

  constructor(socket: Socket, fd: number, peer: PeerCredentials, events: LinkEvents) {
    this.peer = peer;
    this.#socket = socket;
    this.#fd = fd;
    this.#events = events;
    socket.on('data', (bytes) => this.#feed(bytes));
    socket.on('error', () => {});
    socket.on('close', () => this.#lose());
  }

  /** False for a peer that has not sent a byte. */
  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  /** Who hears of the link from now on. */
  follow(events: LinkEvents): void {
    this.#events = events;
  }

  send(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  /**
   * Sends a line with descriptors, at once. The successor asks for each such line when it has read everything before, so that
   * nothing is queued in front of it. A sentence if it could not be sent, or null.
   */
  sendWith(line: string, fds: readonly number[]): string | null {
    if (this.#isClosed) return 'the connection is closed';
    const bytes = Buffer.from(line);
    const sent = sendDescriptors(this.#fd, bytes, fds);
    // A successor that has gone is told as such when its end is read.
    if (sent === bytes.length || sent === -ERRNO.EPIPE) return null;
    const why = sent === -ERRNO.EBADF ? 'a socket was closed meanwhile' : errnoName(-sent);
    return `descriptors could not be sent: ${sent < 0 ? why : 'the connection is full'}`;
  }

  /** True if the successor has closed its end, also if that has not been told yet. */
  get hasEnded(): boolean {
    return this.#isClosed || hasEnded(this.#fd);
  }

  refuse(sentence: string): void {
    this.finish(formatRefusal(sentence));
  }

  /** Sends a last line and closes. */
  finish(line: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#socket.end(line, () => this.#socket.destroy());
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #feed(bytes: Uint8Array): void {
    this.#hasSpoken = true;
    this.#lines.push(bytes);
    while (!this.#isClosed) {
      const line = this.#lines.line();
      if (line === null) return;
      this.#events.line(typeof line === 'string' ? line : null);
      if (typeof line !== 'string') return;
    }
  }

  #lose(): void {
    if (this.#isClosed) return;
    this.close();
    this.#events.lost();
  }
}
