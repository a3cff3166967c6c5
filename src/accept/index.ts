// What a server of Node needs to learn its client. Loads no package, and of Herald only the rules of a header.

export type { AcceptOptions } from './accept-options.ts';
export { acceptProxyProtocol } from './accept-proxy-protocol.ts';
export type { AcceptHandle } from './intercept-connections.ts';
export type { ProxyAddress, ProxyHeader, ProxyTlv } from './proxy-header.ts';
export { proxyHeaderOf } from './proxy-header-of.ts';
export type { Refusal } from './refusal.ts';
