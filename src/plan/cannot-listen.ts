import { addressText } from '../address/address-text.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import { whyNotBound } from './listen-error.ts';

/** One sentence: what can not listen, where, and why. */
export function cannotListen(what: string, address: ParsedAddress, error: unknown): string {
  return `${what} can not listen on ${addressText(address)}: ${whyNotBound(address.kind, error as Error)}`;
}
