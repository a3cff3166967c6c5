import { chmodSync } from 'node:fs';
import type { Server } from 'node:net';
import { formatIp } from '../address/ip.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import type { Host } from '../observe/host.ts';

/** Called with the function that binds, which returns whether it succeeded. */
export type AroundBind = (bind: () => boolean) => void;

/** How a server gets its socket. */
export interface Binding {
  /** May change the conditions under which the socket is made. */
  readonly around?: AroundBind;
  /** Opens the socket. Throws an error with a `code`. Without it Node binds. */
  readonly open?: (address: ParsedAddress) => { readonly fd: number; readonly address: ParsedAddress };
}

/**
 * Listens, and resolves with the address that the server really has. Rejects with the error of the bind (`code`:
 * EADDRINUSE, …).
 */
export function listen(
  server: Server,
  address: ParsedAddress,
  { around = (bind) => void bind(), open }: Binding = {},
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
    if (open === undefined) around(() => server.listen(bindOptions(address), listening).listening);
    else
      around(
        () => server.listen({ fd: open(bothFamilies(address)).fd, exclusive: true }, listening).listening,
      );
  });
}

/** Without a host Node listens on every address of both families, or of the only one that the host has. */
function bindOptions(address: ParsedAddress): { path: string } | { port: number; host?: string } {
  if (address.kind === 'unix') return { path: address.path };
  return { port: address.port, ...(address.ip === null ? {} : { host: formatIp(address.ip) }) };
}

/** On an ops address `[::]` means both families, as Node's servers take it. */
export function bothFamilies(address: ParsedAddress): ParsedAddress {
  const isAny = address.kind === 'tcp' && address.ip?.length === 16 && address.ip.every((byte) => byte === 0);
  return isAny ? { ...address, ip: null } : address;
}

/** 0777 less this is 0600: connecting to a unix socket needs the right to write it. */
const OWNER_ONLY_MASK = 0o177;

/**
 * Makes a unix socket that only its owner can connect to, from the moment that it exists: the umask is set for the one call
 * that makes the socket. A thread that may not set the umask (a program that uses the library in a worker) changes the mode
 * right after the call instead.
 */
export function ownerOnly({ umask }: Host, path: string): AroundBind {
  return (bind) => {
    const before = setMask(umask);
    let bound = false;
    try {
      bound = bind();
    } finally {
      if (before !== null) umask!(before);
    }
    if (bound && before === null) chmodSync(path, 0o777 & ~OWNER_ONLY_MASK);
  };
}

/** Returns the umask before, or null if it cannot be set here. */
function setMask(umask: Host['umask']): number | null {
  try {
    return umask?.(OWNER_ONLY_MASK) ?? null;
  } catch {
    return null;
  }
}
