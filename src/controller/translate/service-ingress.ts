import type { ReadyNodes } from '../cluster-objects.ts';
import { choosePublished } from '../publication.ts';
import { familyOf } from '../published-ip.ts';
import type { IngressWish, PublishedAddress } from '../translation.ts';

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
  /** All ports of the Service; `error` null: it may have the port. */
  readonly ports: readonly {
    readonly port: number;
    readonly protocol: 'TCP' | 'UDP' | 'SCTP';
    readonly error: string | null;
  }[];
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

/** The addresses of a Service's status, and what was left out of it. */
export function ingressOf(parts: IngressParts): ServiceIngress {
  const { pool, families, max, keepsIpMode, readyNodes, ports } = parts;
  const open = ports.flatMap(({ port, error }) => (error === null ? port : []));
  if (open.length === 0) return NOTHING;
  const { troubledPorts } = factsOf(pool);
  const isTroubled = open.some((port) => troubledPorts.has(port) || parts.isBrokenEverywhere(port));
  if (readyNodes === null && open.length === ports.length && !isTroubled) return plainIngress(parts);
  const fitting = pool.filter((each) => fits(each, families));
  const reached = fitting.filter(({ bypassedPorts }) => !open.some((port) => bypassedPorts.includes(port)));
  const ready = reached.filter((each) => isReady(each, readyNodes));
  const named = ready.filter(({ kind }) => keepsIpMode || kind !== 'ip');
  const fails = (address: PublishedAddress, port: number) => failsAt(address, port, parts);
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
  const failed = new Map(
    open.flatMap((port) => {
      const addresses = named.filter((each) => fails(each, port)).map(({ address }) => address);
      return addresses.length === 0 ? [] : [[port, addresses] as const];
    }),
  );
  const isExplained = ingress.length > 0 || ready.length > 0 || reached.length < fitting.length;
  return {
    ingress,
    bypassed: fitting.filter((each) => !reached.includes(each)).map(({ address }) => address),
    failed,
    lacksIpMode: named.length < ready.length,
    noneBecause: isExplained ? null : whyNone(parts, fitting.length),
  };
}

function whyNone({ pool, families, addressClass }: IngressParts, fitting: number): string {
  if (fitting > 0) return 'no published node has a ready endpoint, and externalTrafficPolicy is Local';
  if (pool.length === 0 && addressClass !== null)
    return `the balancer of ${addressClass} has not given one yet`;
  if (pool.length === 0) return 'no instance of this gateway has one that may be published';
  return `none of its addresses is of ${families.map((family) => `IPv${family}`).join(' or ')}`;
}

function fits({ kind, address }: PublishedAddress, families: readonly (4 | 6)[]): boolean {
  return kind === 'hostname' || families.includes(familyOf(address));
}

/** An address of no particular node is a balancer's, which asks for the health of each node itself. */
function isReady({ kind, address, node }: PublishedAddress, readyNodes: ReadyNodes | null): boolean {
  if (readyNodes === null || node === null) return true;
  if (kind === 'hostname') return readyNodes.v4.has(node) || readyNodes.v6.has(node);
  return (familyOf(address) === 4 ? readyNodes.v4 : readyNodes.v6).has(node);
}

function failsAt({ node, failedPorts }: PublishedAddress, port: number, parts: IngressParts): boolean {
  return failedPorts.includes(port) || (node === null && parts.isBrokenEverywhere(port));
}

function entryOf({ kind, address }: PublishedAddress, ports: IngressWish['ports']): IngressWish {
  // kubernetes: ipMode is valid beside an ip alone.
  return kind === 'ip' ? { ip: address, ipMode: 'Proxy', ports } : { hostname: address, ports };
}

// Most Services have no address or port in trouble, and then the same entries: these are made once for a pool.

interface PoolFacts {
  /** Ports that failed or are bypassed at any of its addresses. */
  readonly troubledPorts: ReadonlySet<number>;
  /** By what else decides. */
  readonly plain: Map<string, ServiceIngress>;
}

const factsOfPools = new WeakMap<readonly PublishedAddress[], PoolFacts>();

function factsOf(pool: readonly PublishedAddress[]): PoolFacts {
  const known = factsOfPools.get(pool);
  if (known !== undefined) return known;
  const ports = pool.flatMap(({ failedPorts, bypassedPorts }) => [...failedPorts, ...bypassedPorts]);
  const facts = { troubledPorts: new Set(ports), plain: new Map<string, ServiceIngress>() };
  factsOfPools.set(pool, facts);
  return facts;
}

function plainIngress(parts: IngressParts): ServiceIngress {
  const { pool, families, max, keepsIpMode } = parts;
  const { plain } = factsOf(pool);
  const key = `${families.join()} ${max} ${keepsIpMode}`;
  const known = plain.get(key);
  if (known !== undefined) return known;
  const fitting = pool.filter((each) => fits(each, families));
  const named = fitting.filter(({ kind }) => keepsIpMode || kind !== 'ip');
  const ingress = choosePublished(named, families, max).map((each) => entryOf(each, []));
  const noneBecause = fitting.length === 0 ? whyNone(parts, 0) : null;
  const result = { ...NOTHING, ingress, lacksIpMode: named.length < fitting.length, noneBecause };
  plain.set(key, result);
  return result;
}
