import { parseIp } from '../../src/address/ip.ts';
import type { ServiceFacts, SourceState } from '../../src/endpoints/endpoint-source.ts';
import type { KnownEndpoint } from '../../src/endpoints/known-endpoint.ts';

/** A ready endpoint at this address, port 80. */
export function known(ip: string, parts: Partial<KnownEndpoint> = {}): KnownEndpoint {
  return {
    ip: parseIp(ip)!,
    port: 80,
    path: null,
    text: `${ip}:80`,
    node: null,
    zone: null,
    ready: true,
    serving: true,
    terminating: false,
    forNodes: [],
    forZones: [],
    ...parts,
  };
}

/** What a source that has answered knows. */
export function stateOf(endpoints: readonly KnownEndpoint[], parts: Partial<SourceState> = {}): SourceState {
  const addresses = endpoints.map(({ ip }) => ip);
  return { generation: 1, synced: true, endpoints, addresses, service: null, ...parts };
}

export function service(parts: Partial<ServiceFacts> = {}): ServiceFacts {
  return { namespace: 'shop', name: 'web', externalTrafficPolicy: 'Cluster', affinityMs: 0, ...parts };
}
