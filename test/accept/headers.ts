import { formatHeader } from '../../src/wire/format-header.ts';

/** A header of one version and family, and what a socket must report with it. */
export interface HeaderCase {
  readonly name: string;
  readonly version: 1 | 2;
  readonly bytes: Uint8Array;
  readonly remote: string;
  readonly local: string;
}

const FAMILIES = [
  { family: 'IPv4', source: '203.0.113.7', destination: '198.51.100.1' },
  { family: 'IPv6', source: '2001:db8::7', destination: '2001:db8:ffff::1' },
] as const;

/** Both versions, both families: a client at port 51234 that dialed port 443. */
export const HEADERS: readonly HeaderCase[] = ([1, 2] as const).flatMap((version) =>
  FAMILIES.map(({ family, source, destination }) => ({
    name: `v${version} ${family}`,
    version,
    bytes: formatHeader({
      version,
      source: { address: source, port: 51234 },
      destination: { address: destination, port: 443 },
    }),
    remote: `${family} ${source} 51234`,
    local: `${family} ${destination} 443`,
  })),
);
