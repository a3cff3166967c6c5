import { formatIp, parseIp } from '../../address/ip.ts';
import { unmapped } from '../../address/v4-mapped.ts';
import { INSTANCES } from '../../config/values/endpoints.ts';
import type { DiscoveryClock } from '../../discovery/discovery-clock.ts';
import { plainEndpoint, sortEndpoints } from '../../discovery/known-endpoints.ts';
import { createSourceState } from '../../discovery/source-state.ts';
import type { EndpointSource, SourceListener } from '../../endpoints/endpoint-source.ts';
import type { KnownEndpoint } from '../../endpoints/known-endpoint.ts';
import { hopAddress, type InstanceState } from './instance-report.ts';

/** The instances of the gateway as a source of hops, and of peers that may hand over sessions (G12). */
export interface InstanceSources {
  /** One more source: all of them have the same state. */
  create(): EndpointSource;
  /** `instances` may be others than before. Not called before their Leases are listed. */
  update(): void;
}

export interface InstanceSourcesParts {
  /** The name of this instance's Lease. */
  readonly own: string;
  readonly instances: () => ReadonlyMap<string, InstanceState>;
  readonly clock: DiscoveryClock;
}

/**
 * Each instance is an endpoint on its node, ready while its Lease is fresh, it does not drain, and its node has proven a family.
 * `addresses` are those of all others that live: one that drains still has clients to hand over, and its Lease is not renewed any
 * more. If no Lease is fresh, which is more likely to be the API's fault than everybody's, the last state stays.
 */
export function createInstanceSources({ own, instances, clock }: InstanceSourcesParts): InstanceSources {
  const held = createSourceState();
  const listeners = new Set<SourceListener>();
  let lastEventAt: number | null = null;

  return {
    create() {
      let heard: SourceListener | null = null;
      return {
        name: INSTANCES,
        get state() {
          return held.current;
        },
        get health() {
          return { synced: held.current.synced, lastEventAt, errors: NO_ERRORS };
        },
        start(listener) {
          heard = listener;
          listeners.add(listener);
        },
        async stop() {
          if (heard !== null) listeners.delete(heard);
        },
      };
    },
    update() {
      lastEventAt = clock.date() / 1000;
      const all = [...instances().values()];
      if (held.current.synced && !all.some(({ isFresh }) => isFresh)) return;
      const next = { endpoints: hopsOf(all), addresses: peersOf(all, own), service: null };
      if (!held.replace(next)) return;
      for (const listener of listeners) listener.changed();
    },
  };
}

/** Errors of the watch are counted for the API. */
const NO_ERRORS: ReadonlyMap<string, number> = new Map();

/** Two instances of one node may name one address while one follows the other: the one that is ready counts. */
function hopsOf(instances: readonly InstanceState[]): readonly KnownEndpoint[] {
  const byText = new Map<string, KnownEndpoint>();
  for (const { hop, node, isFresh, isDraining } of instances) {
    const address = hop === null ? null : hopAddress(hop.at);
    if (hop === null || node === null || address === null) continue;
    const ready = isFresh && !isDraining && hop.families.length > 0;
    const plain = plainEndpoint(address.ip, address.port);
    if (byText.get(plain.text)?.ready === true && !ready) continue;
    byText.set(plain.text, { ...plain, node, ready, serving: ready, forFamilies: hop.families });
  }
  return sortEndpoints([...byText.values()]);
}

/** Without this instance itself, which dials the endpoints of its node: a peer from this machine would be another program. */
function peersOf(instances: readonly InstanceState[], own: string): readonly Uint8Array[] {
  const byText = new Map<string, Uint8Array>();
  for (const { name, addresses, hop, isFresh, isDraining } of instances) {
    if (name === own || !(isFresh || isDraining)) continue;
    const at = hop === null ? null : hopAddress(hop.at);
    for (const ip of [...addresses.flatMap((text) => parseIp(text) ?? []), ...(at === null ? [] : [at.ip])]) {
      byText.set(formatIp(unmapped(ip)), unmapped(ip));
    }
  }
  return [...byText].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, ip]) => ip);
}
