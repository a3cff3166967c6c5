import { formatIp, parseIp } from './ip.ts';
import { unmapped } from './v4-mapped.ts';

/** An ADDR of the command line or of a file. `ip` is null for `:port`: every address of both families. */
export type ParsedAddress = TcpAddress | { readonly kind: 'unix'; readonly path: string };

/** `ip` null: no host was written. */
export interface TcpAddress {
  readonly kind: 'tcp';
  readonly ip: Uint8Array | null;
  readonly port: number;
}

/** What is wrong with an ADDR: a clause to print after the name of the option. */
export interface AddressProblem {
  readonly problem: string;
}

/** 107 = the 108 bytes of Linux's `sun_path` − 1 for the terminating NUL. */
const MAX_PATH_BYTES = 107;

/** `1.2.3.4:80` or `[::1]:80`; a v4-mapped address is written as IPv4. */
export function formatSocketAddress(ip: Uint8Array, port: number): string {
  return joinHostPort(formatIp(unmapped(ip)), port);
}

/** The same for an address that is text already. */
export function joinHostPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** Decimal 0..65535 without sign, spaces or leading zeros; otherwise undefined. */
export function parsePort(text: string): number | undefined {
  if (!/^(?:0|[1-9]\d{0,4})$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65535 ? port : undefined;
}

/**
 * `host:port`, `[v6]:port`, `:port` or `unix:/path`. The host is an IP literal, or `localhost`, which means
 * 127.0.0.1 and is never looked up. A v4-mapped literal becomes IPv4.
 */
export function parseAddress(text: string): ParsedAddress | AddressProblem {
  if (text.startsWith('unix:')) return parseUnix(text.slice('unix:'.length));
  if (text.startsWith('udp:')) return { problem: '"udp:" is reserved and not served yet' };
  if (text.startsWith('[')) return parseBracketed(text);
  const colon = text.lastIndexOf(':');
  if (colon < 0) return { problem: `expected host:port, [v6]:port, :port or unix:/path, got ${quote(text)}` };
  const host = text.slice(0, colon);
  if (host.includes(':')) {
    return { problem: `an IPv6 address must be in brackets, like [::1]:80, got ${quote(text)}` };
  }
  if (host === '') return withPort(null, text.slice(colon + 1));
  const ip = parseIp(host === 'localhost' ? '127.0.0.1' : host);
  if (ip !== undefined) return withPort(ip, text.slice(colon + 1));
  const kind = /^[\d.]+$/.test(host) ? 'an IPv4 address like 192.0.2.1' : 'an IP address, not a host name';
  return { problem: `expected ${kind}, got ${quote(host)}` };
}

function parseBracketed(text: string): ParsedAddress | AddressProblem {
  const close = text.indexOf(']');
  if (close < 0) return { problem: `the bracket is never closed in ${quote(text)}` };
  const host = text.slice(1, close);
  const ip = parseIp(host);
  if (host.includes('%')) return { problem: `an IPv6 zone cannot be used here, got ${quote(host)}` };
  if (ip?.length !== 16) return { problem: `expected an IPv6 address in the brackets, got ${quote(host)}` };
  if (text[close + 1] !== ':')
    return { problem: `expected a port after the bracket, like [::1]:80, got ${quote(text)}` };
  return withPort(unmapped(ip), text.slice(close + 2));
}

function withPort(ip: Uint8Array | null, text: string): ParsedAddress | AddressProblem {
  const port = parsePort(text);
  if (port === undefined) return { problem: `expected a port from 0 to 65535, got ${quote(text)}` };
  return { kind: 'tcp', ip, port };
}

function parseUnix(path: string): ParsedAddress | AddressProblem {
  if (path === '') return { problem: 'expected a path after "unix:"' };
  if (path.includes('\0')) return { problem: 'a socket path must not contain a NUL' };
  const length = Buffer.byteLength(path);
  if (length > MAX_PATH_BYTES) {
    return { problem: `a socket path has at most ${MAX_PATH_BYTES} bytes, this one has ${length}` };
  }
  return { kind: 'unix', path };
}

function quote(text: string): string {
  return JSON.stringify(text);
}
