import { acceptedOf } from './accepted.ts';
import type { ProxyHeader } from './proxy-header.ts';

/**
 * What the header of a connection says; null for a client without a header and for a socket of a server without
 * `acceptProxyProtocol`. Takes a socket of net or tls, an object with such a `socket` (a request), or an http2
 * `session.socket`, which works only while the session is open.
 */
export function proxyHeaderOf(socket: object): ProxyHeader | null {
  try {
    const accepted = acceptedOf(socket) ?? acceptedOf((socket as { readonly socket?: object }).socket ?? {});
    return accepted?.facts() ?? null;
  } catch {
    // The socket proxy of http2 throws on every access once its session is closed.
    return null;
  }
}
