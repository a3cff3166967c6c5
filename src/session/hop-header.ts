import { endpointTlvBytes, writeEndpointTlv } from '../wire/endpoint-tlv.ts';
import type { NamedEndpoint } from '../wire/endpoint-value.ts';
import { writeV2, writeV2Unspec } from '../wire/write-v2.ts';
import type { Client } from './client.ts';

/**
 * A session that goes by a hop. The client's bytes follow the acknowledgement, so that nothing is lost if another endpoint has to be
 * tried (`ruling: hop acknowledgement`).
 *
 *     Herald ── connect, header: client, endpoint ──▶ hop ── dial ──▶ endpoint
 *            ◀───────────── ACKNOWLEDGED ────────────     ◀─ reached ─
 *            ◀═════════════ bytes of both ═══════════▶
 */
export const ACKNOWLEDGED = 0x06;

const UNSPECIFIED = { 4: new Uint8Array(4), 16: new Uint8Array(16) } as const;

/**
 * Writes the header for a hop: the client, and the endpoint that it is for. TLVs of the client's own header are not in it. Needs room
 * for 80 bytes; returns the number of bytes.
 */
export function writeHopHeader(
  target: Uint8Array,
  at: number,
  { source, destination }: Client,
  endpoint: NamedEndpoint,
): number {
  const tlvBytes = endpointTlvBytes(endpoint.ip);
  let end = at;
  if (source === null) end += writeV2Unspec(target, at, tlvBytes);
  else {
    // The client was gone before its connection was asked where it had come to.
    const to = destination?.ip ?? UNSPECIFIED[source.ip.length === 4 ? 4 : 16];
    end += writeV2(target, at, source.ip, source.port, to, destination?.port ?? 0, tlvBytes);
  }
  return end + writeEndpointTlv(target, end, endpoint) - at;
}
