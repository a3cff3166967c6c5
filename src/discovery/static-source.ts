import type { ParsedAddress } from '../address/socket-address.ts';
import type { EndpointSource, SourceHealth, SourceState } from '../endpoints/endpoint-source.ts';
import type { KnownEndpoint } from '../endpoints/known-endpoint.ts';
import { plainEndpoint, sortEndpoints, unixEndpoint } from './known-endpoints.ts';

/** Configured addresses: known from the start, and never changing. Each has a host and a port, or a path. */
export function createStaticSource(addresses: readonly ParsedAddress[]): EndpointSource {
  const given = addresses.map(endpointOf);
  const byText = new Map(given.map((endpoint) => [endpoint.text, endpoint]));
  const endpoints = sortEndpoints([...byText.values()]);
  const state: SourceState = {
    generation: 1,
    synced: true,
    endpoints,
    addresses: endpoints.filter(({ path }) => path === null).map(({ ip }) => ip),
    service: null,
  };
  const health: SourceHealth = { synced: true, lastEventAt: null, errors: new Map() };
  return {
    name: given.map(({ text }) => text).join(','),
    state,
    health,
    start() {},
    async stop() {},
  };
}

function endpointOf(address: ParsedAddress): KnownEndpoint {
  if (address.kind === 'unix') return unixEndpoint(address.path);
  // The configuration refuses `:port`, which cannot be dialed, so `ip` is not null here.
  return plainEndpoint(address.ip ?? new Uint8Array(4), address.port);
}
