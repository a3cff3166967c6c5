import { ERRNO } from '../../linux/errno.ts';
import type { Memory } from '../../linux/memory.ts';
import { receive } from '../../linux/socket.ts';
import type { Session } from '../../proxy/session.ts';
import { HEADROOM, READ_BYTES } from './read-buffer.ts';
import type { Side } from './side.ts';
import { flush, keep, sendOrKeep } from './transfer.ts';

/** What may go with the header: bytes that waited, or else what can be read of the client now (null: nothing). */
export interface FirstPayload {
  readonly pending: Uint8Array | null;
  readonly client: Side | null;
  readonly buffer: Memory;
}

/**
 * Sends the header that presents the client, and the first payload behind it, in one send. Gives 0, the
 * errno where the endpoint broke, or `too long` where there is no header for this client.
 */
export function greet(session: Session, endpoint: Side, first: FirstPayload): number | 'too long' {
  const { pending, client, buffer } = first;
  const { scratch } = session.rules;
  const length = session.present(scratch, 0);
  if (length < 0) return 'too long';
  const header = scratch.subarray(0, length);
  if (pending !== null || length > HEADROOM) return greetWith(session, endpoint, header, pending, buffer);
  const payload = client === null ? 0 : readFirst(client, buffer);
  if (length + payload === 0) return 0;
  buffer.bytes.set(header, HEADROOM - length);
  if (payload > 0) session.sentToEndpoint(payload);
  return sendOrKeep(endpoint, buffer, HEADROOM - length, length + payload);
}

/** What the client has sent already, behind the headroom. What went wrong with it is met again by the relay. */
function readFirst(client: Side, buffer: Memory): number {
  if (!client.readable) return 0;
  const count = receive(client.fd, buffer.address + HEADROOM, READ_BYTES);
  if (count === -ERRNO.EAGAIN || (count > 0 && count < READ_BYTES && !client.hungUp && !client.readOn)) {
    client.readable = false;
  }
  if (count < 0 && count !== -ERRNO.EAGAIN && count !== -ERRNO.EINTR) client.error = -count;
  return Math.max(count, 0);
}

/** Header and payload of any length: they wait together, as one backlog, and leave as the endpoint takes them. */
function greetWith(
  session: Session,
  endpoint: Side,
  header: Uint8Array,
  pending: Uint8Array | null,
  buffer: Memory,
): number {
  keep(endpoint, header);
  if (pending !== null) {
    keep(endpoint, pending);
    session.sentToEndpoint(pending.length);
  }
  return flush(endpoint, buffer);
}
