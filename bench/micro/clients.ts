import type { InetAddress } from '../../src/wire/index.ts';

/** One connection as a header describes it. */
export interface Client {
  readonly source: InetAddress;
  readonly destination: InetAddress;
}

/** Different headers, so that neither side can profit from repeated ones. */
const CLIENTS = 64;

export const IPV4_CLIENTS: readonly Client[] = Array.from({ length: CLIENTS }, (_, i) => ({
  source: { address: `203.0.${113 + (i % 5)}.${(i * 37) % 256}`, port: 1024 + i * 997 },
  destination: { address: `198.51.100.${(i * 11) % 256}`, port: 443 + i },
}));

export const IPV6_CLIENTS: readonly Client[] = Array.from({ length: CLIENTS }, (_, i) => ({
  source: {
    address: `2001:db8:${(i * 1021).toString(16)}::${(i * 641 + 1).toString(16)}`,
    port: 1024 + i * 997,
  },
  destination: { address: `2001:db8:ffff::${(i + 1).toString(16)}`, port: 443 + i },
}));
