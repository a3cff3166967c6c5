import { addressText } from '../address/address-text.ts';
import type { Cidr } from '../address/cidr.ts';
import { formatCidr } from '../address/cidr.ts';
import { createIpSet, type IpSet } from '../address/ip-set.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import type { ListenerOptions, PeerSet, SourceName } from '../config/config.ts';
import type { SourceState } from '../endpoints/endpoint-source.ts';

/** A source that a configuration needs. Those with the same `key` are one source with one watch. */
export type WantedSource =
  | { readonly kind: 'addresses'; readonly key: string; readonly addresses: readonly ParsedAddress[] }
  | {
      readonly kind: 'name';
      readonly key: string;
      readonly name: SourceName;
      readonly family: WantedFamily;
      /** Empty: anywhere. */
      readonly cidrs: readonly Cidr[];
    };

/** `both`: an endpoint for each address of a pod or a name. A client that is presented transparently needs one of its own family. */
type WantedFamily = ListenerOptions['family'] | 'both';

/** The sources of a listener's pool: one for all of its fixed addresses, and one for each name. */
export function poolSources(
  options: Pick<ListenerOptions, 'to' | 'family' | 'endpointCidrs' | 'present'>,
): readonly WantedSource[] {
  const { to, family, endpointCidrs, present } = options;
  const wanted = present === 'transparent' && family === 'auto' ? 'both' : family;
  const addresses: ParsedAddress[] = [];
  const names: SourceName[] = [];
  for (const { name } of to) {
    if (name === null) continue;
    if (name.kind === 'tcp' || name.kind === 'unix') addresses.push(name);
    else names.push(name);
  }
  const named = names.map((name) => namedSource(name, wanted, endpointCidrs));
  if (addresses.length === 0) return named;
  const key = addresses.map(addressText).join(',');
  return [{ kind: 'addresses', key, addresses }, ...named];
}

/** The source of a listener's hops, if it has one. */
export function hopSources({ hops }: ListenerOptions): readonly WantedSource[] {
  return hops === null ? [] : [namedSource(hops, 'auto', [])];
}

/** The sources of a list of peers, besides its own CIDRs. */
export function peerSources({ names }: PeerSet): readonly WantedSource[] {
  return names.map((name) => namedSource(name, 'auto', []));
}

/** The addresses that a list of peers holds at the moment: its CIDRs, and every address of its sources. */
export function resolvePeers({ cidrs }: PeerSet, states: readonly SourceState[]): IpSet {
  const addresses = states.flatMap((state) => state.addresses);
  return createIpSet([...cidrs, ...addresses.map((ip) => ({ ip, prefix: 8 * ip.length }))]);
}

/** Every source of a listener: those of its pool, of its hops, and of its lists of peers. */
export function listenerSources(options: ListenerOptions): readonly WantedSource[] {
  return [
    ...poolSources(options),
    ...hopSources(options),
    ...peerSources(options.trust),
    ...peerSources(options.headerless),
    ...peerSources(options.forwardedTrust),
  ];
}

/** Every source of these listeners, each once. */
export function wantedSources(listeners: readonly ListenerOptions[]): ReadonlyMap<string, WantedSource> {
  return new Map(listeners.flatMap(listenerSources).map((wanted) => [wanted.key, wanted]));
}

function namedSource(name: SourceName, family: WantedFamily, cidrs: readonly Cidr[]): WantedSource {
  const within = cidrs.map(formatCidr).join(',');
  return { kind: 'name', key: [name.text, family, within].join(' '), name, family, cidrs };
}
