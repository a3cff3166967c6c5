import {
  endpointValueBytes,
  type NamedEndpoint,
  parseEndpointValue,
  writeEndpointValue,
} from './endpoint-value.ts';
import type { Header } from './header.ts';
import { findTlv, TLV } from './tlv.ts';

/** How many bytes `writeEndpointTlv` writes: 16, or 28 for an IPv6 address. */
export function endpointTlvBytes(ip: Uint8Array): number {
  return 3 + endpointValueBytes(ip);
}

/** Writes the TLV that names an endpoint at `at`; returns `endpointTlvBytes`. */
export function writeEndpointTlv(target: Uint8Array, at: number, endpoint: NamedEndpoint): number {
  target[at] = TLV.HERALD_ENDPOINT;
  target[at + 1] = 0;
  target[at + 2] = endpointValueBytes(endpoint.ip);
  return 3 + writeEndpointValue(target, at + 3, endpoint);
}

/** The endpoint that a header names, with a view of its address. Of several TLVs of the type the first one counts. */
export function readEndpointTlv(header: Header): NamedEndpoint | 'absent' | 'malformed' {
  const value = findTlv(header, TLV.HERALD_ENDPOINT);
  return value === undefined ? 'absent' : (parseEndpointValue(value) ?? 'malformed');
}
