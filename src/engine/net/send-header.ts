import type { Socket } from 'node:net';
import type { Ledger } from '../../session/ledger.ts';

/** Up to this size header and payload are copied into one buffer; beyond it, one gathering write costs less. */
const JOIN_BYTES = 4096;

/** Sends the header and the first payload in one write. False if no header can be written for this client. */
export function sendHeader(endpoint: Socket, ledger: Ledger, payload: Uint8Array | null): boolean {
  const { scratch } = ledger.rules;
  const length = ledger.present(scratch, 0);
  if (length < 0) return false;
  if (payload !== null) ledger.sentToEndpoint(payload.length);
  if (payload !== null && length + payload.length <= JOIN_BYTES) {
    const joined = Buffer.allocUnsafe(length + payload.length);
    joined.set(scratch.subarray(0, length));
    joined.set(payload, length);
    endpoint.write(joined);
    return true;
  }
  endpoint.cork();
  if (length > 0) endpoint.write(Buffer.from(scratch.subarray(0, length)));
  if (payload !== null) endpoint.write(payload);
  endpoint.uncork();
  return true;
}
