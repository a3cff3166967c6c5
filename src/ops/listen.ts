import type { Server } from 'node:net';
import { formatIp } from '../address/ip.ts';
import type { ParsedAddress } from '../address/socket-address.ts';

/** Runs what binds and listens within one call, and says whether that worked. */
export type AroundBind = (bind: () => boolean) => void;

/**
 * Listens, and resolves with the address that the server really has; rejects with the error of the
 * bind (`code`: EADDRINUSE, …). `around` may change what a socket is made with.
 */
export function listen(
  server: Server,
  address: ParsedAddress,
  around: AroundBind = (bind) => void bind(),
): Promise<ParsedAddress> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const listening = () => {
      server.off('error', reject);
      const bound = server.address();
      const isTcp = address.kind === 'tcp' && bound !== null && typeof bound === 'object';
      resolve(isTcp ? { ...address, port: bound.port } : address);
    };
    // Node binds an IP address or a path before `listen` returns.
    around(() => server.listen(bindOptions(address), listening).listening);
  });
}

/** Without a host Node takes every address of both families, or of the one that there is. */
function bindOptions(address: ParsedAddress): { path: string } | { port: number; host?: string } {
  if (address.kind === 'unix') return { path: address.path };
  return { port: address.port, ...(address.ip === null ? {} : { host: formatIp(address.ip) }) };
}
