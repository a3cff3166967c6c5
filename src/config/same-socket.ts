import type { ParsedAddress } from '../address/socket-address.ts';
import type { ListenName } from './config.ts';

/** True if one machine cannot listen on both: same path, same name of systemd, or same port on overlapping addresses. */
export function sameSocket(one: ListenName, other: ListenName): boolean {
  if (one.kind === 'systemd' || other.kind === 'systemd') {
    return one.kind === 'systemd' && other.kind === 'systemd' && one.name === other.name;
  }
  if (one.kind === 'unix' || other.kind === 'unix') {
    return one.kind === 'unix' && other.kind === 'unix' && one.path === other.path;
  }
  // Port 0 is a different port every time.
  if (one.port === 0 || one.port !== other.port) return false;
  if (one.ip === null || other.ip === null) return true;
  if (one.ip.length !== other.ip.length) return false;
  return isAny(one.ip) || isAny(other.ip) || Buffer.compare(one.ip, other.ip) === 0;
}

/** True if dialing `endpoint` from this machine reaches `listen`. */
export function leadsTo(endpoint: ParsedAddress, listen: ListenName): boolean {
  if (listen.kind === 'systemd') return false;
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
function isAny(ip: Uint8Array): boolean {
  return ip.every((byte) => byte === 0);
}

/**
 * An index of addresses and their holders that finds the first holder whose address conflicts with another (`sameSocket`).
 * A look-up takes constant time; comparing 20,000 listeners in pairs would be quadratic.
 */
export class SocketIndex<T> {
  /** For each key the first holder, and its position in the order of `add`. */
  readonly #first = new Map<string, { readonly order: number; readonly holder: T }>();
  #count = 0;

  add(address: ListenName, holder: T): void {
    const entry = { order: this.#count++, holder };
    for (const key of keysOf(address)) if (!this.#first.has(key)) this.#first.set(key, entry);
  }

  /** The first holder whose address conflicts with this one. */
  rival(address: ListenName): T | undefined {
    const found = rivalKeys(address).flatMap((key) => this.#first.get(key) ?? []);
    return found.sort((a, b) => a.order - b.order)[0]?.holder;
  }
}

/** Keys under which an address is stored. Port 0 is a different port every time and conflicts with none. */
function keysOf(address: ListenName): string[] {
  if (address.kind === 'systemd') return [`systemd ${address.name}`];
  if (address.kind === 'unix') return [`unix ${address.path}`];
  const { ip, port } = address;
  if (port === 0) return [];
  if (ip === null) return [`${port}`, `${port} everywhere`];
  const family = `${port} of ${ip.length}`;
  return [`${port}`, family, isAny(ip) ? `${family} any` : `${port} at ${ip.join()}`];
}

/** Keys of all addresses that conflict with this one. */
function rivalKeys(address: ListenName): string[] {
  if (address.kind !== 'tcp') return keysOf(address);
  const { ip, port } = address;
  if (port === 0) return [];
  if (ip === null) return [`${port}`];
  const family = `${port} of ${ip.length}`;
  return [`${port} everywhere`, ...(isAny(ip) ? [family] : [`${family} any`, `${port} at ${ip.join()}`])];
}
