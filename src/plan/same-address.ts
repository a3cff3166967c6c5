import type { ListenAddress } from './plan.ts';

/** True where both are the same address to listen on. */
export function sameAddress(a: ListenAddress, b: ListenAddress): boolean {
  if (a.kind === 'unix') return b.kind === 'unix' && a.path === b.path;
  if (b.kind === 'unix' || a.port !== b.port) return false;
  return a.ip === null || b.ip === null ? a.ip === b.ip : Buffer.compare(a.ip, b.ip) === 0;
}

/** A text that two addresses have in common where they are the same: for tables of many. */
export function addressKey(address: ListenAddress): string {
  return address.kind === 'unix' ? `unix ${address.path}` : `${address.port} ${address.ip?.join() ?? 'any'}`;
}
