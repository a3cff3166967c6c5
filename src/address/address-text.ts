import { formatSocketAddress, type ParsedAddress } from './socket-address.ts';

/** The text of a parsed address, for logs and tables; `parseAddress` reads it back. */
export function addressText(address: ParsedAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return address.ip === null ? `:${address.port}` : formatSocketAddress(address.ip, address.port);
}
