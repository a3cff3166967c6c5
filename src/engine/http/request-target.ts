import { formatIp, parseIp } from '../../address/ip.ts';

/** The target in the form that endpoints expect, and the host; null if neither the target nor `Host` names one. */
export interface RequestTarget {
  readonly target: string;
  readonly host: string | null;
}

const ABSOLUTE = /^(https?):\/\/([^/?#]+)([/?].*)?$/i;
const USUAL_PORT = { http: '80', https: '443' } as const;

/**
 * Converts a target to origin form (RFC 9112 §3.2.1); null if it is invalid. A host in the target overrides `Host` (§3.2.2), but
 * not every recipient does that, so both must name the same host. `host`: the valid value of `Host`, or null if there is none.
 */
export function originForm(method: string, target: string, host: string | null): RequestTarget | null {
  if (target.startsWith('/')) return { target, host };
  if (target === '*') return method === 'OPTIONS' ? { target, host } : null;
  const parts = ABSOLUTE.exec(target);
  if (parts === null) return null;
  const scheme = parts[1]!.toLowerCase() as keyof typeof USUAL_PORT;
  const authority = parts[2]!;
  const path = parts[3] ?? (method === 'OPTIONS' ? '*' : '/');
  const isSame = host === null ? HOST.test(authority) : sameHost(authority, host, USUAL_PORT[scheme]);
  if (!isSame) return null;
  return { target: path.startsWith('?') ? `/${path}` : path, host: authority };
}

/** The characters of a host with a port (RFC 3986 §3.2.2), except the comma. */
const HOST = /^[A-Za-z0-9\-._~%!$&'()*+;=:[\]]*$/;

/** Whether a value of `Host` names one host, without a user. */
export function isHost(value: string): boolean {
  return HOST.test(value);
}

/** RFC 9110 §4.2.3: ignores case, a default port, and the spelling of an IPv6 address. */
function sameHost(one: string, other: string, usualPort: string): boolean {
  return one === other || plainHost(one, usualPort) === plainHost(other, usualPort);
}

function plainHost(authority: string, usualPort: string): string {
  const [, host = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority) ?? [];
  // Not a host with a port: equal to the same text only.
  if (host === '') return authority;
  const ip = host.startsWith('[') ? parseIp(host.slice(1, -1)) : undefined;
  const name = ip === undefined ? host.toLowerCase() : formatIp(ip);
  return `${name} ${port === '' ? usualPort : Number(port)}`;
}
