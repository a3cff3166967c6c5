/** Where a request goes: what is asked of the endpoint, and the host where only the target named it. */
export interface RequestTarget {
  readonly target: string;
  readonly host: string | null;
}

const ABSOLUTE = /^https?:\/\/([^/?#]+)([/?].*)?$/i;

/**
 * A target as an endpoint is asked for it (RFC 9112 §3.2.1), or null. A host in the target would outrank `Host`
 * (§3.2.2), but not with every reader: the two have to be the same. `host` is a valid one, null where there is none.
 */
export function originForm(method: string, target: string, host: string | null): RequestTarget | null {
  if (target.startsWith('/')) return { target, host };
  if (target === '*') return method === 'OPTIONS' ? { target, host } : null;
  const parts = ABSOLUTE.exec(target);
  if (parts === null) return null;
  const authority = parts[1]!;
  const path = parts[2] ?? (method === 'OPTIONS' ? '*' : '/');
  if (host === null ? !HOST.test(authority) : authority.toLowerCase() !== host.toLowerCase()) return null;
  return { target: path.startsWith('?') ? `/${path}` : path, host: authority };
}

/** What RFC 3986 §3.2.2 allows in a host with its port, but for the comma. */
const HOST = /^[A-Za-z0-9\-._~%!$&'()*+;=:[\]]*$/;

/** Whether a value of `Host` names one host, and no user. */
export function isHost(value: string): boolean {
  return HOST.test(value);
}
