import { parseIp } from '../address/ip.ts';
import { unmapped } from '../address/v4-mapped.ts';

/** True where a Host header names this machine by loopback: `localhost`, 127.0.0.0/8 or `[::1]`, with or without a port. */
export function isLoopbackHost(host: string | undefined): boolean {
  const name = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(host ?? '');
  const text = (name?.[1] ?? name?.[2] ?? '').toLowerCase();
  if (text === 'localhost') return true;
  const ip = parseIp(text);
  if (ip === undefined) return false;
  const bytes = unmapped(ip);
  return bytes.length === 4 ? bytes[0] === 127 : bytes.every((byte, at) => byte === (at === 15 ? 1 : 0));
}
