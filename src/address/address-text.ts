import { formatSocketAddress, type ParsedAddress } from './socket-address.ts';

/** The text of an address, as logs and tables show it. */
export function addressText(address: ParsedAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return address.ip === null ? `:${address.port}` : formatSocketAddress(address.ip, address.port);
}
