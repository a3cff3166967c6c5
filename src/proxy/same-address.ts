import type { ListenAddress } from './plan.ts';

/** True where both are the same address to listen on. */
export function sameAddress(a: ListenAddress, b: ListenAddress): boolean {
  return addressKey(a) === addressKey(b);
}

/** The same text for the same address to listen on: among thousands of listeners one is found by it. */
export function addressKey(address: ListenAddress): string {
  if (address.kind === 'unix') return `unix ${address.path}`;
  return `${address.port} ${address.ip === null ? 'everywhere' : address.ip.join('.')}`;
}
