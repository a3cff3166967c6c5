// The public API for Node servers that learn their client from a header. It loads no package, and no other part of
// Herald than the rules of a header.

export type { AcceptOptions } from './accept-options.ts';
export { acceptProxyProtocol } from './accept-proxy-protocol.ts';
export type { AcceptHandle } from './intercept-connections.ts';
export type { ProxyAddress, ProxyHeader, ProxyTlv } from './proxy-header.ts';
export { proxyHeaderOf } from './proxy-header-of.ts';
export type { Refusal } from './refusal.ts';
