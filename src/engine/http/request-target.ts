import { formatIp, parseIp } from '../../address/ip.ts';

/** Where a request goes: what is asked of the endpoint, and the host where only the target named it. */
export interface RequestTarget {
  readonly target: string;
  readonly host: string | null;
}

const ABSOLUTE = /^(https?):\/\/([^/?#]+)([/?].*)?$/i;
const USUAL_PORT = { http: '80', https: '443' } as const;

/**
 * A target as an endpoint is asked for it (RFC 9112 §3.2.1), or null. A host in the target would outrank `Host`
 * (§3.2.2), but not with every reader: the two have to be the same one. `host` is a valid one, null where there is none.
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

/** What RFC 3986 §3.2.2 allows in a host with its port, but for the comma. */
const HOST = /^[A-Za-z0-9\-._~%!$&'()*+;=:[\]]*$/;

/** Whether a value of `Host` names one host, and no user. */
export function isHost(value: string): boolean {
  return HOST.test(value);
}

/** RFC 9110 §4.2.3: letters of any case, the scheme's own port said or not, an address of IPv6 in any of its spellings. */
function sameHost(one: string, other: string, usualPort: string): boolean {
  return one === other || plainHost(one, usualPort) === plainHost(other, usualPort);
}

function plainHost(authority: string, usualPort: string): string {
  const [, host = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority) ?? [];
  // Not one of a host with a port: it is the same as itself alone.
  if (host === '') return authority;
  const ip = host.startsWith('[') ? parseIp(host.slice(1, -1)) : undefined;
  const name = ip === undefined ? host.toLowerCase() : formatIp(ip);
  return `${name} ${port === '' ? usualPort : Number(port)}`;
}
