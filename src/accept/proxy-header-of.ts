import { acceptedOf } from './accepted.ts';
import type { ProxyHeader } from './proxy-header.ts';

/**
 * The facts of the header that a connection came with; null for a plain client, and for a socket that
 * `acceptProxyProtocol` had nothing to do with. Takes a socket of net or tls, a request that has one, or an http2
 * `session.socket`; an http2 one has to be asked while its session lives.
 */
export function proxyHeaderOf(socket: object): ProxyHeader | null {
  try {
    const accepted = acceptedOf(socket) ?? acceptedOf((socket as { readonly socket?: object }).socket ?? {});
    return accepted?.facts() ?? null;
  } catch {
    // The socket that http2 shows throws at every touch once its session is gone.
    return null;
  }
}
