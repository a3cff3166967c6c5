import { formatIp } from '../../src/address/ip.ts';
import type { EndpointReach, NodeReach } from '../../src/endpoints/node-reach.ts';

/**
 * What a node can do, as a test says it by node or address. Others: an endpoint of another node is elsewhere, any other one is
 * direct.
 */
export function scriptedReach(
  node: string,
  said: { [nodeOrAddress: string]: EndpointReach } = {},
): NodeReach {
  return {
    of: (endpoint) =>
      said[formatIp(endpoint.ip)] ??
      said[endpoint.node ?? ''] ??
      (endpoint.node === null || endpoint.node === node ? 'direct' : 'elsewhere'),
  };
}
