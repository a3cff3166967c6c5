import { ERRNO } from '../../linux/errno.ts';
import type { Memory } from '../../linux/memory.ts';
import { receive, setNoDelay, transmit } from '../../linux/socket.ts';
import { READ_BYTES } from './read-buffer.ts';
import type { Side } from './side.ts';

const NOTHING = new Uint8Array(0);

/**
 * Why a transfer stopped: nothing to read, the other side is full, the end of the stream, other descriptors have to be served (`turn`),
 * or a broken side. `last`: the end came with the last bytes, which the kernel holds back to send them in one segment with our end.
 */
export type Transfer =
  | { readonly kind: 'empty' | 'full' | 'end' | 'last' | 'turn' }
  | { readonly kind: 'broken'; readonly side: Side; readonly errno: number };

const EMPTY: Transfer = { kind: 'empty' };
const FULL: Transfer = { kind: 'full' };
const END: Transfer = { kind: 'end' };
const LAST: Transfer = { kind: 'last' };
const TURN: Transfer = { kind: 'turn' };

/** The most reads of one direction in a row before other descriptors are served: 16 · 64 KiB = 1 MiB. */
const MOST_READS = 16;

/** One direction, and the counting of its bytes. */
export interface Transferring {
  readonly from: Side;
  readonly to: Side;
  /** `full`: as many bytes as one read can return. */
  moved(bytes: number, full: boolean): void;
}

/**
 * Moves bytes from one side to the other through the worker's buffer. Only bytes that cannot be sent are copied, into the backlog of
 * the other side. While it has a backlog, no more is read for it.
 */
export function transfer(flow: Transferring, buffer: Memory): Transfer {
  const { from, to } = flow;
  if (from.error !== 0) return { kind: 'broken', side: from, errno: from.error };
  for (let reads = 0; reads < MOST_READS; reads++) {
    const count = receive(from.fd, buffer.address, READ_BYTES);
    if (count > 0) {
      flow.moved(count, count === READ_BYTES);
      const drained = count < READ_BYTES && !from.readOn;
      // With edge triggering, the end is reported once, and often together with the last bytes.
      const last = drained && from.hungUp;
      const errno = sendOrKeep(to, buffer, count, last);
      if (errno !== 0) return { kind: 'broken', side: to, errno };
      if (last) return to.backlog === null ? LAST : END;
      if (drained) from.readable = false;
      if (to.backlog !== null) return FULL;
      if (drained) return EMPTY;
    } else if (count === 0) {
      return END;
    } else if (count === -ERRNO.EAGAIN) {
      from.readable = false;
      return EMPTY;
    } else if (count !== -ERRNO.EINTR) {
      return { kind: 'broken', side: from, errno: -count };
    }
  }
  return TURN;
}

/**
 * Sends the first `count` bytes of the buffer. What the kernel does not accept becomes the side's backlog. Returns 0, or the errno.
 * `last`: the end of the stream follows at once.
 */
export function sendOrKeep(to: Side, buffer: Memory, count: number, last = false): number {
  const sent = transmitAll(to, buffer.address, count, last);
  if (sent < 0) return -sent;
  if (sent < count) {
    to.backlog = buffer.bytes.slice(sent, count);
    to.backlogAt = 0;
  }
  return 0;
}

/** Appends a copy of bytes to the side's backlog. */
export function keep(to: Side, bytes: Uint8Array): void {
  const waiting = to.backlog?.subarray(to.backlogAt) ?? NOTHING;
  const backlog = new Uint8Array(waiting.length + bytes.length);
  backlog.set(waiting);
  backlog.set(bytes, waiting.length);
  to.backlog = backlog;
  to.backlogAt = 0;
}

/** Sends the side's backlog, through the buffer. Returns 0, or the errno. */
export function flush(to: Side, buffer: Memory): number {
  while (to.backlog !== null) {
    const count = Math.min(to.backlog.length - to.backlogAt, READ_BYTES);
    buffer.bytes.set(to.backlog.subarray(to.backlogAt, to.backlogAt + count));
    const sent = transmitAll(to, buffer.address, count, false);
    if (sent < 0) return -sent;
    to.backlogAt += sent;
    if (to.backlogAt === to.backlog.length) to.backlog = null;
    else if (sent < count) return 0;
  }
  return 0;
}

/** Returns how many bytes the kernel accepted, or a negative errno if the connection is broken. */
function transmitAll(to: Side, address: number, count: number, last: boolean): number {
  if (to.delays && to.sentTo) {
    setNoDelay(to.fd);
    to.delays = false;
  }
  to.sentTo = true;
  let sent = 0;
  while (sent < count) {
    const taken = transmit(to.fd, address + sent, count - sent, last);
    if (taken >= 0) sent += taken;
    else if (taken === -ERRNO.EAGAIN || taken === -ERRNO.ENOBUFS) return sent;
    else if (taken !== -ERRNO.EINTR) return taken;
    // A short send means that the socket's buffer is full; EPOLLOUT follows.
    if (taken >= 0 && sent < count) return sent;
  }
  return sent;
}
