import type { ReadyNodes } from '../objects/cluster-objects.ts';
import { familyOf } from '../objects/published-ip.ts';
import { compareText } from './claim.ts';
import { choosePublished } from './publication.ts';
import type { PortState } from './service-draft.ts';
import type { IngressWish, PublishedAddress } from './translation.ts';

/** What of a Service and its surroundings decides which addresses its status names (G5). */
export interface IngressParts {
  /** All addresses that may be published for it. */
  readonly pool: readonly PublishedAddress[];
  /** The class of the balancer that gives it its addresses; null: no balancer does. */
  readonly addressClass: string | null;
  /** Of the Service, in its order. */
  readonly families: readonly (4 | 6)[];
  readonly max: number;
  /** False: an address without `ipMode` would lead traffic around Herald, so that only host names are left. */
  readonly keepsIpMode: boolean;
  /** With externalTrafficPolicy Local: where it has ready endpoints; else null. */
  readonly readyNodes: ReadyNodes | null;
  /** All ports of the Service; without an error: it may have the port. */
  readonly ports: readonly PortState[];
  /** Whether a port could be opened nowhere: that holds of addresses that are of no particular node. */
  readonly isBrokenEverywhere: (port: number) => boolean;
  /** The error of a port that could not be opened. */
  readonly unavailable: string;
}

export interface ServiceIngress {
  readonly ingress: readonly IngressWish[];
  /** Addresses left out since connections to them were seen to lead past Herald. */
  readonly bypassed: readonly string[];
  /** By port, the addresses on whose node it could not be opened. */
  readonly failed: ReadonlyMap<number, readonly string[]>;
  /** Addresses were left out since the API drops `ipMode`. */
  readonly lacksIpMode: boolean;
  /** What else left nothing to publish; null: something is published, or the rest says why not. */
  readonly noneBecause: string | null;
}

const NOTHING: ServiceIngress = {
  ingress: [],
  bypassed: [],
  failed: new Map(),
  lacksIpMode: false,
  noneBecause: null,
};

/**
 * The addresses of a Service's status, and what was left out of it. Most Services have no port in trouble: what they get
 * depends on their families and where they are ready alone, and is made once for a pool.
 */
export function ingressOf(parts: IngressParts): ServiceIngress {
  const { pool, families, max, keepsIpMode, addressClass, readyNodes, ports } = parts;
  const open = ports.flatMap(({ port, error }) => (error === null ? port : []));
  if (open.length === 0) return NOTHING;
  const facts = factsOf(pool);
  const isTroubled = open.some((port) => facts.troubledPorts.has(port) || parts.isBrokenEverywhere(port));
  if (isTroubled || open.length < ports.length) return makeIngress(parts, facts, open, isTroubled);

  const shared = sharedOf(facts, readyNodes);
  const key = `${families.join()} ${max} ${keepsIpMode} ${addressClass}`;
  const known = shared.get(key);
  if (known !== undefined) return known;
  const ingress = makeIngress(parts, facts, open, false);
  shared.set(key, ingress);
  return ingress;
}

function makeIngress(
  parts: IngressParts,
  facts: PoolFacts,
  open: readonly number[],
  isTroubled: boolean,
): ServiceIngress {
  const { pool, families, max, keepsIpMode, readyNodes, ports } = parts;
  const ready = readyNodes === null ? pool : readyAddresses(facts, readyNodes);
  const fitting = ready.filter((each) => fits(each, families));
  const isBypassed = ({ bypassedPorts }: PublishedAddress) =>
    isTroubled && open.some((port) => bypassedPorts.includes(port));
  const reached = fitting.filter((each) => !isBypassed(each));
  const named = reached.filter(({ kind }) => keepsIpMode || kind !== 'ip');
  const fails = (address: PublishedAddress, port: number) => isTroubled && failsAt(address, port, parts);
  const whole = named.filter((each) => !open.some((port) => fails(each, port)));
  // Rather an address with some of the ports than none at all.
  const some = whole.length > 0 ? whole : named.filter((each) => open.some((port) => !fails(each, port)));
  const ingress = choosePublished(some, families, max).map((each) => {
    const states = ports.map(({ port, protocol, error }) => {
      const why = error ?? (fails(each, port) ? parts.unavailable : null);
      return why === null ? { port, protocol } : { port, protocol, error: why };
    });
    return entryOf(each, states.some(({ error }) => error !== undefined) ? states : []);
  });
  return {
    ingress,
    bypassed: fitting.filter(isBypassed).map(({ address }) => address),
    failed: new Map(
      open.flatMap((port) => {
        const addresses = named.filter((each) => fails(each, port)).map(({ address }) => address);
        return addresses.length === 0 ? [] : [[port, addresses] as const];
      }),
    ),
    lacksIpMode: named.length < reached.length,
    noneBecause: fitting.length > 0 ? null : whyNone(parts),
  };
}

/** Why no address fits the Service. */
function whyNone({ pool, families, addressClass }: IngressParts): string {
  if (pool.some((each) => fits(each, families))) {
    return 'no published node has a ready endpoint, and externalTrafficPolicy is Local';
  }
  if (pool.length === 0 && addressClass !== null)
    return `the balancer of ${addressClass} has not given one yet`;
  if (pool.length === 0) return 'no instance of this gateway has one that may be published';
  return `no address that could be published is of ${families.map((family) => `IPv${family}`).join(' or ')}`;
}

function fits({ kind, address }: PublishedAddress, families: readonly (4 | 6)[]): boolean {
  return kind === 'hostname' || families.includes(familyOf(address));
}

/** With Local: those of nodes that have a ready endpoint of their family, and those that are of no node. */
function readyAddresses({ byNode }: PoolFacts, { v4, v6 }: ReadyNodes): PublishedAddress[] {
  // An address of no particular node is a balancer's, which asks for the health of each node itself.
  const ready = [...(byNode.get(null) ?? [])];
  for (const node of new Set([...v4, ...v6])) {
    for (const each of byNode.get(node) ?? []) {
      const isReady =
        each.kind === 'hostname' || (familyOf(each.address) === 4 ? v4.has(node) : v6.has(node));
      if (isReady) ready.push(each);
    }
  }
  return ready.sort((a, b) => compareText(a.address, b.address));
}

function failsAt({ node, failedPorts }: PublishedAddress, port: number, parts: IngressParts): boolean {
  return failedPorts.includes(port) || (node === null && parts.isBrokenEverywhere(port));
}

function entryOf({ kind, address }: PublishedAddress, ports: IngressWish['ports']): IngressWish {
  // kubernetes: ipMode is valid beside an ip alone.
  return kind === 'ip' ? { ip: address, ipMode: 'Proxy', ports } : { hostname: address, ports };
}

interface PoolFacts {
  /** Ports that failed or are bypassed at any of its addresses. */
  readonly troubledPorts: ReadonlySet<number>;
  readonly byNode: ReadonlyMap<string | null, readonly PublishedAddress[]>;
  /** What Services without trouble get; with Local, by where they are ready, which stays one object until it changes. */
  readonly shared: Map<string, ServiceIngress>;
  readonly sharedByReady: WeakMap<ReadyNodes, Map<string, ServiceIngress>>;
}

const factsOfPools = new WeakMap<readonly PublishedAddress[], PoolFacts>();

function factsOf(pool: readonly PublishedAddress[]): PoolFacts {
  const known = factsOfPools.get(pool);
  if (known !== undefined) return known;
  const ports = pool.flatMap(({ failedPorts, bypassedPorts }) => [...failedPorts, ...bypassedPorts]);
  const byNode = new Map<string | null, PublishedAddress[]>();
  for (const each of pool) {
    const ofNode = byNode.get(each.node);
    if (ofNode === undefined) byNode.set(each.node, [each]);
    else ofNode.push(each);
  }
  const facts = { troubledPorts: new Set(ports), byNode, shared: new Map(), sharedByReady: new WeakMap() };
  factsOfPools.set(pool, facts);
  return facts;
}

function sharedOf(facts: PoolFacts, readyNodes: ReadyNodes | null): Map<string, ServiceIngress> {
  if (readyNodes === null) return facts.shared;
  const known = facts.sharedByReady.get(readyNodes);
  if (known !== undefined) return known;
  const shared = new Map<string, ServiceIngress>();
  facts.sharedByReady.set(readyNodes, shared);
  return shared;
}
