import type { GatewayOptions } from '../../config/gateway-options.ts';
import type { InstanceFacts, NodeObject } from '../objects/cluster-objects.ts';
import { canonicalIp, familyOf, isPublishable } from '../objects/published-ip.ts';
import { compareText } from './claim.ts';
import type { PublishedAddress } from './translation.ts';

// Which addresses statuses name (G5, G5b, G13): all that may be published, then for each object those that fit it.

export interface Publication {
  /** Sorted by address. */
  readonly addresses: readonly PublishedAddress[];
  /** Why the last set is still published although no address qualifies, for an alert; null: it is not. */
  readonly keptBecause: string | null;
}

interface PublishableParts {
  readonly instances: ReadonlyMap<string, InstanceFacts>;
  readonly nodes: ReadonlyMap<string, NodeObject>;
  readonly options: Pick<GatewayOptions, 'publish'>;
}

const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';
const TO_BE_DELETED = 'ToBeDeletedByClusterAutoscaler';

/**
 * The addresses that `--publish` stands for. Of `nodes`: those with an instance whose Lease is fresh and that does not drain,
 * unless the Node is gone, NotReady, about to be deleted by the autoscaler, or labelled to be left out; a cordon excludes
 * nothing. If none is left, `last` stays: nobody could be reached at no address, and some of those may well work.
 */
export function publication(parts: PublishableParts, last: readonly PublishedAddress[]): Publication {
  const { instances, nodes, options } = parts;
  const { publish } = options;
  if (publish === null) return { addresses: [], keptBecause: null };
  const bypassed = bypassedPorts(instances.values());
  if (publish.kind === 'addresses') {
    const addresses = publish.addresses.map((text): PublishedAddress => {
      const ip = canonicalIp(text);
      const kind = ip === null ? 'hostname' : 'ip';
      const address = ip ?? text;
      return { address, kind, node: null, failedPorts: [], bypassedPorts: bypassed.get(address) ?? [] };
    });
    return { addresses: uniqueByAddress(addresses), keptBecause: null };
  }
  const serving = new Map<string, InstanceFacts[]>();
  for (const instance of [...instances.values()].sort((a, b) => compareText(a.name, b.name))) {
    if (!instance.isFresh || instance.isDraining || !isPublished(instance.node, nodes)) continue;
    // An instance that does not know its node stands for itself.
    const key = instance.node === null ? `instance ${instance.name}` : `node ${instance.node}`;
    serving.set(key, [...(serving.get(key) ?? []), instance]);
  }
  const addresses = [...serving.values()].flatMap((ofNode) => {
    const { node } = ofNode[0]!;
    // While two instances of a node overlap, the port is open if either has it.
    const failedPorts = ofNode
      .map((instance) => instance.failedPorts)
      .reduce((all, each) => all.filter((port) => each.includes(port)));
    return addressesOf(ofNode, node === null ? undefined : nodes.get(node)).map(
      (address): PublishedAddress => ({
        address,
        kind: 'ip',
        node,
        failedPorts,
        bypassedPorts: bypassed.get(address) ?? [],
      }),
    );
  });
  if (addresses.length > 0 || last.length === 0) {
    return { addresses: uniqueByAddress(addresses), keptBecause: null };
  }
  const keptBecause =
    'no node with a Herald qualifies any more (each is draining, not ready, excluded, or its Lease has expired); the last addresses stay published';
  return { addresses: last, keptBecause };
}

function isPublished(name: string | null, nodes: ReadonlyMap<string, NodeObject>): boolean {
  if (name === null) return true;
  const node = nodes.get(name);
  return (
    node?.isReady === true && !Object.hasOwn(node.labels, EXCLUDED) && !node.taints.includes(TO_BE_DELETED)
  );
}

/** Of each family the external addresses of the node, else its internal ones; what the instance tells if its Node names none. */
function addressesOf(instances: readonly InstanceFacts[], node: NodeObject | undefined): string[] {
  const own = ([4, 6] as const).flatMap((family) => {
    const of = (ips: readonly string[] | undefined) =>
      (ips ?? []).filter((ip) => familyOf(ip) === family && isPublishable(ip));
    const external = of(node?.externalIps);
    return external.length > 0 ? external : of(node?.internalIps);
  });
  if (own.length > 0) return own;
  const told = instances.flatMap(({ addresses }) => addresses.flatMap((text) => canonicalIp(text) ?? []));
  return told.filter(isPublishable);
}

/** What fresh instances saw when they dialed others, by address. */
function bypassedPorts(instances: Iterable<InstanceFacts>): ReadonlyMap<string, readonly number[]> {
  const ports = new Map<string, number[]>();
  for (const { isFresh, bypassed } of instances) {
    for (const text of isFresh ? bypassed : []) {
      const colon = text.lastIndexOf(':');
      const address = canonicalIp(text.slice(0, Math.max(colon, 0)).replace(/^\[(.*)\]$/, '$1'));
      const port = Number(text.slice(colon + 1));
      if (address === null || !Number.isInteger(port)) continue;
      const known = ports.get(address) ?? [];
      if (!known.includes(port))
        ports.set(
          address,
          [...known, port].sort((a, b) => a - b),
        );
    }
  }
  return ports;
}

function uniqueByAddress(addresses: readonly PublishedAddress[]): PublishedAddress[] {
  const first = new Map<string, PublishedAddress>();
  for (const each of addresses) if (!first.has(each.address)) first.set(each.address, each);
  return [...first.values()].sort((a, b) => compareText(a.address, b.address));
}

/**
 * At most `max` of these addresses: for each family in its order, then host names. Families share the room; what one does not
 * use is the others'. Which of many are chosen is decided by a hash of each, so that another node changes one of them at most.
 */
export function choosePublished(
  addresses: readonly PublishedAddress[],
  families: readonly (4 | 6)[],
  max: number,
): readonly PublishedAddress[] {
  const groups = families.map((family) =>
    addresses.filter(({ kind, address }) => kind === 'ip' && familyOf(address) === family),
  );
  groups.push(addresses.filter(({ kind }) => kind === 'hostname'));
  const shares = shareRoom(
    groups.map(({ length }) => length),
    max,
  );
  return groups.flatMap((group, at) => {
    if (group.length <= shares[at]!) return group;
    const ranked = group
      .map((each) => ({ each, rank: hashOf(each.address) }))
      .sort((a, b) => a.rank - b.rank || compareText(a.each.address, b.each.address));
    return ranked
      .slice(0, shares[at])
      .map(({ each }) => each)
      .sort((a, b) => compareText(a.address, b.address));
  });
}

/** Gives out places one by one in turn, until there are none or all wishes are met. */
function shareRoom(wishes: readonly number[], room: number): number[] {
  const shares = wishes.map(() => 0);
  let left = Math.min(
    room,
    wishes.reduce((sum, each) => sum + each, 0),
  );
  while (left > 0) {
    for (const [at, wish] of wishes.entries()) {
      if (left === 0 || shares[at]! >= wish) continue;
      shares[at]!++;
      left--;
    }
  }
  return shares;
}

/** FNV-1a of 32 bits, mixed once more: the last bytes of neighbouring addresses alone would hardly move its high bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
