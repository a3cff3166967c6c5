import { formatSocketAddress } from '../address/socket-address.ts';
import { unmapped } from '../address/v4-mapped.ts';
import type { KnownEndpoint } from '../endpoints/known-endpoint.ts';

// How a source makes and orders its endpoints.

/** An endpoint about whose pod nothing is known. */
const PLAIN = {
  node: null,
  zone: null,
  ready: true,
  serving: true,
  terminating: false,
  forNodes: [],
  forZones: [],
} as const;

/** An endpoint that is only an address (4 or 16 bytes) and a port. */
export function plainEndpoint(ip: Uint8Array, port: number): KnownEndpoint {
  return { ...PLAIN, ip: unmapped(ip), port, path: null, text: formatSocketAddress(ip, port) };
}

/** An endpoint that is a unix socket. */
export function unixEndpoint(path: string): KnownEndpoint {
  return { ...PLAIN, ip: new Uint8Array(0), port: 0, path, text: `unix:${path}` };
}

/** Sorts in place by `text`, by code units, so that the order is the same on every machine (E6). */
export function sortEndpoints(endpoints: KnownEndpoint[]): KnownEndpoint[] {
  return endpoints.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
}
