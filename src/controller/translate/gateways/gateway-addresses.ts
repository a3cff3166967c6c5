import type { ClusterObjects, GatewayAddress, GatewayObject } from '../../objects/cluster-objects.ts';
import { canonicalIp, isPublishable } from '../../objects/published-ip.ts';
import { choosePublished } from '../publication.ts';
import type { GatewayPlace, PublishedAddress } from '../translation.ts';
import type { Finding } from './judge-listeners.ts';

/** Where a Gateway's listeners are, and what its status may name. */
export interface GatewayAddresses {
  /** Canonical texts of addresses that some instance has; null is every address of every instance. */
  readonly listenAt: readonly (string | null)[];
  readonly published: readonly PublishedAddress[];
  /** Accepted=False: it asks for a type of address that is not served. */
  readonly unsupported: Finding | null;
  /** Programmed=False: it asks for an address that nobody here has. The others are served. */
  readonly unusable: Finding | null;
}

/** The most that the schema allows. */
const MAX_ADDRESSES = 16;

/**
 * `spec.addresses`: an address that an instance has is listened on there alone, so that another object may have the same port
 * on another one; an address that leads to the instances without being one of theirs (a balancer's, an external one of a
 * node, which its interfaces need not have) is listened for everywhere. No address, or one without a value, is every address.
 *
 * With `--address-class` a balancer decides on addresses: none can be asked of it, for each has an annotation of its own for
 * that. The listener is open, so that there is a Service for the operator to annotate, and the address counts once it is given.
 */
export function gatewayAddresses(
  gateway: GatewayObject,
  { instances, nodes }: Pick<ClusterObjects, 'instances' | 'nodes'>,
  place: GatewayPlace,
): GatewayAddresses {
  const published = publishedFor(gateway, place);
  const unsupported = gateway.addresses.filter(({ type }) => type !== 'IPAddress');
  if (unsupported.length > 0) {
    const types = unsupported.map(({ type }) => type.slice(0, 64)).join(', ');
    const message = `addresses of type ${types} are not supported; IPAddress is`;
    return nowhere({ unsupported: { reason: 'UnsupportedAddress', message } });
  }
  if (gateway.addresses.every(isAny)) return { ...nowhere({}), listenAt: [null], published };

  const { addressClass } = place.options;
  const own = new Set([...place.ownAddresses, ...addressesOf(instances)]);
  const external = new Set([...nodes.values()].flatMap(({ externalIps }) => externalIps));
  const listenAt = new Set<string | null>();
  const named = new Map<string, PublishedAddress>();
  const unusable: string[] = [];
  for (const { value } of gateway.addresses) {
    if (value === '') {
      listenAt.add(null);
      for (const each of published) named.set(each.address, each);
      continue;
    }
    const address = canonical(value);
    const known = published.find((each) => each.kind === 'ip' && each.address === address);
    const isBalancers = known !== undefined && known.node === null && !own.has(known.address);
    if (address === null || !(isBalancers || own.has(address))) {
      unusable.push(value.slice(0, 64));
      if (addressClass !== null) listenAt.add(null);
      continue;
    }
    listenAt.add(isBalancers || external.has(address) ? null : address);
    named.set(address, known ?? { address, kind: 'ip', node: null, failedPorts: [], bypassedPorts: [] });
  }
  return {
    listenAt: listenAt.has(null) ? [null] : [...listenAt],
    published: [...named.values()],
    unsupported: null,
    unusable: unusable.length === 0 ? null : notUsable(unusable, addressClass),
  };
}

/**
 * Of the addresses that may be published, those at which all of these ports are open; where none is, those at which
 * some are. An address that leads past Herald at one of them is never named.
 */
export function openAddresses(
  published: readonly PublishedAddress[],
  ports: readonly number[],
  max: number,
): readonly PublishedAddress[] {
  const reached = published.filter(
    ({ bypassedPorts }) => !ports.some((port) => bypassedPorts.includes(port)),
  );
  const open = reached.filter(({ failedPorts }) => !ports.some((port) => failedPorts.includes(port)));
  const some = reached.filter(({ failedPorts }) => ports.some((port) => !failedPorts.includes(port)));
  return choosePublished(open.length > 0 ? open : some, [4, 6], Math.min(max, MAX_ADDRESSES));
}

function nowhere(more: Partial<GatewayAddresses>): GatewayAddresses {
  return { listenAt: [], published: [], unsupported: null, unusable: null, ...more };
}

function publishedFor({ namespace, name }: GatewayObject, place: GatewayPlace): readonly PublishedAddress[] {
  if (place.options.addressClass === null) return place.published;
  return place.companions.get(`gateway ${namespace}/${name}`) ?? [];
}

function isAny({ value }: GatewayAddress): boolean {
  return value === '';
}

function addressesOf(instances: ClusterObjects['instances']): readonly string[] {
  return [...instances.values()].flatMap(({ isFresh, addresses }) =>
    isFresh ? addresses.flatMap((each) => canonicalIp(each) ?? []) : [],
  );
}

/** Null for what is not the address of a host: whoever may write a Gateway gets no port of the host's loopback (G11). */
function canonical(value: string): string | null {
  const ip = canonicalIp(value);
  return ip === null || !isPublishable(ip) ? null : ip;
}

function notUsable(values: readonly string[], addressClass: string | null): Finding {
  const reason = 'AddressNotUsable';
  if (addressClass !== null) {
    const message = `${values.join(', ')}: not given by the balancer of ${addressClass}, of which a Gateway cannot ask an address`;
    return { reason, message };
  }
  const are = values.length === 1 ? 'is not an address' : 'are not addresses';
  const message = `${values.join(', ')} ${are} of this gateway: no instance has it, and no balancer leads it here`;
  return { reason, message };
}
