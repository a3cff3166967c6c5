import { type Cidr, parseCidr } from '../address/cidr.ts';
import { createIpSet, ipSetCovers, ipSetHas } from '../address/ip-set.ts';
import type { LoadEndpoint } from './load-plan.ts';

const setOf = (...texts: readonly string[]) => createIpSet(texts.map((text) => parseCidr(text)!));
const LOOPBACK_V4 = setOf('127.0.0.0/8');
const NEAR = setOf(
  ...['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'],
  ...['::1/128', 'fc00::/7', 'fe80::/10'],
);

/** Whether sockets can be bound to these clients: all of 127/8 is this machine's, on the way to itself. */
export function canBind(endpoints: readonly LoadEndpoint[], clients: readonly Cidr[]): boolean {
  const isLoopback = (endpoint: LoadEndpoint) =>
    endpoint.kind === 'tcp' && ipSetHas(LOOPBACK_V4, endpoint.ip);
  const isLocal = (cidr: Cidr) => ipSetCovers(LOOPBACK_V4, cidr);
  return clients.length > 0 && clients.every(isLocal) && endpoints.every(isLoopback);
}

/** Loopback, RFC 1918, RFC 4193, link-local: a crowd that drips its headers is an attack anywhere else. */
export function isNear(endpoint: LoadEndpoint): boolean {
  return endpoint.kind === 'unix' || ipSetHas(NEAR, endpoint.ip);
}
