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
