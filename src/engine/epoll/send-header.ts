import { ERRNO } from '../../linux/errno.ts';
import type { Memory } from '../../linux/memory.ts';
import { receive } from '../../linux/socket.ts';
import type { Ledger } from '../../session/ledger.ts';
import { READ_BYTES } from './read-buffer.ts';
import type { Side } from './side.ts';
import { flush, keep, sendOrKeep } from './transfer.ts';

/** The payload to send with the header: pending bytes, or else what can be read from `client` now (null: it is not read). */
export interface FirstPayload {
  readonly pending: Uint8Array | null;
  readonly client: Side | null;
  readonly buffer: Memory;
}

/**
 * Sends the header that presents the client, and the first payload behind it, in one send. Returns 0, the errno if the endpoint
 * broke, or `too long` if no header can be written for this client.
 */
export function sendHeader(ledger: Ledger, endpoint: Side, first: FirstPayload): number | 'too long' {
  const { pending, client, buffer } = first;
  const length = ledger.present(buffer.bytes, 0);
  if (length < 0) return 'too long';
  if (pending !== null) return sendWithPending(ledger, endpoint, length, pending, buffer);
  const payload = client === null ? 0 : readFirst(client, buffer, length);
  if (length + payload === 0) return 0;
  if (payload > 0) ledger.sentToEndpoint(payload);
  return sendOrKeep(endpoint, buffer, length + payload);
}

/** Reads what the client has sent, to follow the header. Errors are left to the relay. */
function readFirst(client: Side, buffer: Memory, at: number): number {
  if (!client.readable) return 0;
  const count = receive(client.fd, buffer.address + at, READ_BYTES);
  if (count === -ERRNO.EAGAIN || (count > 0 && count < READ_BYTES && !client.hungUp && !client.readOn)) {
    client.readable = false;
  }
  if (count < 0 && count !== -ERRNO.EAGAIN && count !== -ERRNO.EINTR) client.error = -count;
  return Math.max(count, 0);
}

/** For a header and payload of any length: makes them one backlog, and sends what the endpoint accepts. */
function sendWithPending(
  ledger: Ledger,
  endpoint: Side,
  length: number,
  pending: Uint8Array,
  buffer: Memory,
): number {
  keep(endpoint, buffer.bytes.subarray(0, length));
  keep(endpoint, pending);
  ledger.sentToEndpoint(pending.length);
  return flush(endpoint, buffer);
}
