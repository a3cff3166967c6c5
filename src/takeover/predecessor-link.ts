import { ERRNO, errnoName } from '../linux/errno.ts';
import { allocate } from '../linux/memory.ts';
import { receiveDescriptors } from '../linux/pass-descriptors.ts';
import { POLL, waitFor } from '../linux/poll.ts';
import { close, connectUnix, transmit, unixSocket } from '../linux/socket.ts';
import { ownUid, peerCredentials } from '../linux/socket-facts.ts';
import { LineBuffer } from './line-buffer.ts';
import { MOST_ANSWER_BYTES, parseRefusal } from './protocol.ts';

const words = allocate(64);

/**
 * A successor's connection to the old process, as long as the successor does nothing else: each call blocks the thread until
 * it is done, all of them together at most `ms`. They throw an error with one sentence.
 */
export class PredecessorLink {
  readonly fd: number;
  readonly #until: number;
  readonly #lines = new LineBuffer(MOST_ANSWER_BYTES);
  /** Every descriptor that came, in its order. */
  readonly #received: number[] = [];

  constructor(path: string, ms: number) {
    this.#until = performance.now() + ms;
    this.fd = must(unixSocket());
    try {
      must(connectUnix(this.fd, path));
      const peer = peerCredentials(this.fd);
      if (typeof peer === 'number') must(peer);
      else if (peer.uid !== ownUid()) throw new Error(`it is a process of another user (${peer.uid})`);
    } catch (error) {
      close(this.fd);
      throw error;
    }
  }

  get received(): readonly number[] {
    return this.#received;
  }

  /** Sends a line, given with its LF. */
  say(line: string): void {
    must(trySay(this.fd, line));
  }

  /** The next line of the old process, and how many descriptors came with it. */
  line(): { readonly text: string; readonly descriptors: number } {
    const before = this.#received.length;
    for (;;) {
      const text = this.#lines.line();
      if (typeof text === 'string') {
        const refusal = parseRefusal(text);
        if (refusal !== null) throw new Error(`it refuses: ${refusal}`);
        return { text, descriptors: this.#received.length - before };
      }
      if (text !== null) throw new Error('it sent a line that is too long');
      this.#receive();
    }
  }

  /** The next `count` bytes. */
  bytes(count: number): Uint8Array {
    const parts: Uint8Array[] = [];
    for (let left = count; left > 0; ) {
      if (this.#lines.length === 0) this.#receive();
      const part = this.#lines.take(left);
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }

  /** Closes the connection and everything that came by it. */
  closeAll(): void {
    for (const fd of this.#received.splice(0)) close(fd);
    close(this.fd);
  }

  #receive(): void {
    for (;;) {
      const message = receiveDescriptors(this.fd);
      if (typeof message !== 'number') {
        this.#received.push(...message.fds);
        if (message.isTruncated) throw new Error('this process may not open so many descriptors');
        if (message.bytes.length === 0) throw new Error('it closed the connection');
        this.#lines.push(message.bytes);
        return;
      }
      if (message !== -ERRNO.EAGAIN) must(message);
      else if (waitFor(this.fd, POLL.IN, this.#until - performance.now()) === 0) {
        throw new Error('it does not answer in time');
      }
    }
  }
}

/** Sends a short line at once; a negative errno if that is not possible. */
export function trySay(fd: number, line: string): number {
  const bytes = Buffer.from(line);
  words.bytes.set(bytes);
  const sent = transmit(fd, words.address, bytes.length);
  return sent >= 0 && sent < bytes.length ? -ERRNO.EAGAIN : sent;
}

const WHY: { readonly [code: string]: string } = {
  ENOENT: 'there is no such socket',
  ECONNREFUSED: 'no process listens on it',
  EACCES: 'permission denied',
  EAGAIN: 'too many connections wait for it',
  EPIPE: 'it closed the connection',
  ECONNRESET: 'it closed the connection',
};

function must(result: number): number {
  if (result >= 0) return result;
  const code = errnoName(-result);
  throw new Error(WHY[code] ?? code);
}
