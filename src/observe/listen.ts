import { lstat, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { formatIp } from '../address/ip.ts';
import type { ParsedAddress } from '../address/socket-address.ts';

/**
 * Listens, and resolves with the address that the server really has. A unix socket that nobody listens
 * on any more is replaced; one that answers, or a file that is no socket, is EADDRINUSE.
 */
export async function listen(server: Server, address: ParsedAddress): Promise<ParsedAddress> {
  try {
    await bind(server, address);
  } catch (error) {
    if (address.kind !== 'unix' || !(await isStale(address.path, error))) throw error;
    await unlink(address.path);
    await bind(server, address);
  }
  const bound = server.address();
  if (address.kind === 'unix' || bound === null || typeof bound === 'string') return address;
  return { ...address, port: bound.port };
}

function bind(server: Server, address: ParsedAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const done = (): void => {
      server.off('error', reject);
      resolve();
    };
    if (address.kind === 'unix') server.listen({ path: address.path }, done);
    else if (address.ip === null) server.listen({ port: address.port }, done);
    else server.listen({ port: address.port, host: formatIp(address.ip) }, done);
  });
}

async function isStale(path: string, error: unknown): Promise<boolean> {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return false;
  // A connect to a plain file is refused too, and that file is somebody's.
  if (!(await lstat(path)).isSocket()) return false;
  return new Promise((resolve) => {
    const probe = connect({ path });
    probe.on('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.on('error', (failure: NodeJS.ErrnoException) => resolve(failure.code === 'ECONNREFUSED'));
  });
}
