import type { ListenAddress } from './plan.ts';

/** True where both are the same address to listen on. */
export function sameAddress(a: ListenAddress, b: ListenAddress): boolean {
  if (a.kind === 'unix') return b.kind === 'unix' && a.path === b.path;
  if (b.kind === 'unix' || a.port !== b.port) return false;
  return a.ip === null || b.ip === null ? a.ip === b.ip : Buffer.compare(a.ip, b.ip) === 0;
}
