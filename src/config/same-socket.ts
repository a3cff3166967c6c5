import type { ParsedAddress } from '../address/socket-address.ts';

/** True where one machine can't listen on both: the same path, or the same port of addresses that meet. */
export function sameSocket(one: ParsedAddress, other: ParsedAddress): boolean {
  if (one.kind === 'unix' || other.kind === 'unix') {
    return one.kind === 'unix' && other.kind === 'unix' && one.path === other.path;
  }
  // Port 0 is another port every time.
  if (one.port === 0 || one.port !== other.port) return false;
  if (one.ip === null || other.ip === null) return true;
  if (one.ip.length !== other.ip.length) return false;
  return isAny(one.ip) || isAny(other.ip) || Buffer.compare(one.ip, other.ip) === 0;
}

/** True where who dials `endpoint` from this machine reaches `listen`. */
export function leadsTo(endpoint: ParsedAddress, listen: ParsedAddress): boolean {
  if (endpoint.kind === 'unix' || listen.kind === 'unix') return sameSocket(endpoint, listen);
  if (endpoint.ip === null || listen.port === 0 || endpoint.port !== listen.port) return false;
  if (listen.ip === null || isAny(listen.ip)) return isLoopback(endpoint.ip) || isAny(endpoint.ip);
  return Buffer.compare(endpoint.ip, listen.ip) === 0;
}

/** 127.0.0.0/8 or ::1. */
export function isLoopback(ip: Uint8Array): boolean {
  return ip.length === 4 ? ip[0] === 127 : ip.every((byte, at) => byte === (at === 15 ? 1 : 0));
}

/** 0.0.0.0 or ::. */
export function isAny(ip: Uint8Array): boolean {
  return ip.every((byte) => byte === 0);
}

/**
 * Addresses, each with who came with it, and for another address the first of those that it meets (`sameSocket`). One
 * look-up costs the same with any number of them: of 20,000 listeners each would be compared with all before it.
 */
export class SocketIndex<T> {
  /** The first of a kind of address at a port, and its place in the order of all. */
  readonly #first = new Map<string, { readonly order: number; readonly holder: T }>();
  #count = 0;

  add(address: ParsedAddress, holder: T): void {
    const entry = { order: this.#count++, holder };
    for (const key of keysOf(address)) if (!this.#first.has(key)) this.#first.set(key, entry);
  }

  /** Who came first with an address that one machine can't listen on beside this one. */
  rival(address: ParsedAddress): T | undefined {
    const found = rivalKeys(address).flatMap((key) => this.#first.get(key) ?? []);
    return found.sort((a, b) => a.order - b.order)[0]?.holder;
  }
}

/** Under which names an address is found. Port 0 is another port every time, and meets none. */
function keysOf(address: ParsedAddress): string[] {
  if (address.kind === 'unix') return [`unix ${address.path}`];
  const { ip, port } = address;
  if (port === 0) return [];
  if (ip === null) return [`${port}`, `${port} everywhere`];
  const family = `${port} of ${ip.length}`;
  return [`${port}`, family, isAny(ip) ? `${family} any` : `${port} at ${ip.join()}`];
}

/** The names of all that an address meets. */
function rivalKeys(address: ParsedAddress): string[] {
  if (address.kind === 'unix') return keysOf(address);
  const { ip, port } = address;
  if (port === 0) return [];
  if (ip === null) return [`${port}`];
  const family = `${port} of ${ip.length}`;
  return [`${port} everywhere`, ...(isAny(ip) ? [family] : [`${family} any`, `${port} at ${ip.join()}`])];
}
