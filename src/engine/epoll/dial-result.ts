import { EPOLL } from '../../linux/epoll.ts';
import { ERRNO, errnoName } from '../../linux/errno.ts';
import type { Memory } from '../../linux/memory.ts';
import { peek, receive, socketError } from '../../linux/socket.ts';
import { ACKNOWLEDGED, writeHopHeader } from '../../session/hop-header.ts';
import type { Ledger } from '../../session/ledger.ts';
import type { Side } from './side.ts';
import { flush, sendOrKeep } from './transfer.ts';

/** What came of a dial: the endpoint is reached, or why not (the name of an errno, or of a fault of a hop). Null: it goes on. */
export type DialResult = 'reached' | (string & {}) | null;

const CONNECTED = EPOLL.OUT | EPOLL.ERR | EPOLL.HUP;
const ANSWERED = EPOLL.IN | EPOLL.RDHUP | EPOLL.ERR | EPOLL.HUP;

/** What an event of the socket that is dialed means. By a hop the endpoint is reached once the hop has said so. */
export function dialResult(side: Side, events: number, ledger: Ledger, buffer: Memory): DialResult {
  if (ledger.endpoint!.hop !== undefined) return hopResult(side, events, ledger, buffer);
  if (!(events & CONNECTED)) return null;
  const errno = connectError(side, events);
  // If the endpoint has sent something, it was connected and broke later.
  if (errno !== 0 && peek(side.fd) <= 0) return errnoName(errno);
  side.error = errno;
  return 'reached';
}

/** A connect that failed is an error of the socket. */
function connectError({ fd }: Side, events: number): number {
  return events & (EPOLL.ERR | EPOLL.HUP) ? socketError(fd) : 0;
}

function hopResult(side: Side, events: number, ledger: Ledger, buffer: Memory): DialResult {
  if (!side.sentTo) {
    if (!(events & CONNECTED)) return null;
    const errno = connectError(side, events) || sendHopHeader(side, ledger, buffer);
    if (errno !== 0) return failure(errno);
  } else if (events & EPOLL.OUT && side.backlog !== null) {
    const errno = flush(side, buffer);
    if (errno !== 0) return failure(errno);
  }
  return events & ANSWERED ? acknowledgement(side, buffer) : null;
}

function sendHopHeader(side: Side, { client, endpoint }: Ledger, buffer: Memory): number {
  return sendOrKeep(side, buffer, writeHopHeader(buffer.bytes, 0, client, endpoint!));
}

/** Reads one byte: what follows it are bytes of the endpoint. */
function acknowledgement(side: Side, buffer: Memory): DialResult {
  const count = receive(side.fd, buffer.address, 1);
  if (count === 0) return 'hop_closed';
  if (count === -ERRNO.EAGAIN || count === -ERRNO.EINTR) return null;
  if (count < 0) return failure(-count);
  return buffer.bytes[0] === ACKNOWLEDGED && side.backlog === null ? 'reached' : 'hop_protocol';
}

/** A send to a hop that has reset may report the end of the stream instead. */
function failure(errno: number): string {
  return errnoName(errno === ERRNO.EPIPE ? ERRNO.ECONNRESET : errno);
}

/** We are the hop: tells the peer that its endpoint is reached. Returns 0, or the errno by which the peer broke. */
export function acknowledge(peer: Side, buffer: Memory): number {
  buffer.bytes[0] = ACKNOWLEDGED;
  return sendOrKeep(peer, buffer, 1);
}
