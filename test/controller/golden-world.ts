import { parseCidr } from '../../src/address/cidr.ts';
import { parseAddress, type TcpAddress } from '../../src/address/socket-address.ts';
import type { GatewayOptions, PublishChoice } from '../../src/config/gateway-options.ts';
import type {
  ClusterObjects,
  InstanceFacts,
  ReadyNodes,
} from '../../src/controller/objects/cluster-objects.ts';
import { readLabelSelector } from '../../src/controller/objects/label-selector.ts';
import { readGateway } from '../../src/controller/objects/read-gateway.ts';
import { readGatewayClass } from '../../src/controller/objects/read-gateway-class.ts';
import { readGrant } from '../../src/controller/objects/read-grant.ts';
import { readNamespace } from '../../src/controller/objects/read-namespace.ts';
import { readNode } from '../../src/controller/objects/read-node.ts';
import { readTcpRoute } from '../../src/controller/objects/read-route.ts';
import { readServiceObject } from '../../src/controller/objects/read-service.ts';
import { publication } from '../../src/controller/translate/publication.ts';
import type { GatewayPlace, PublishedAddress } from '../../src/controller/translate/translation.ts';
import { LEAST_GATEWAY, readGatewayFlags } from '../config/gateway-flags.ts';

// A cluster as a file of test/controller/golden writes it: objects as the API has them, and what a place differs in from
// the usual one.

/** An `*.in.yaml`. What is left out is as in `OPTIONS` and `worldOf`. */
export interface WrittenWorld {
  readonly options?: Partial<Omit<GatewayOptions, 'namespaces' | 'ports' | 'endpointCidrs' | 'hopListen'>> & {
    readonly hopListen?: string;
    /** `all`, or a label selector. */
    readonly namespaces?: unknown;
    /** `443`, `1024-29999`. */
    readonly ports?: readonly (string | number)[];
    readonly endpointCidrs?: readonly string[];
  };
  readonly ownAddresses?: readonly string[];
  readonly node?: string;
  /** By family: why this node cannot present clients. */
  readonly faults?: { readonly [family: string]: string };
  readonly reservedPorts?: { readonly [port: string]: string };
  readonly heldPorts?: { readonly [port: string]: string };
  readonly failures?: { readonly [name: string]: string };
  readonly keepsIpMode?: boolean;
  /** Without it, what the instances and nodes give. */
  readonly published?: readonly WrittenAddress[];
  /** What was published before. */
  readonly last?: readonly WrittenAddress[];
  readonly companions?: { readonly [object: string]: readonly WrittenAddress[] };
  readonly instances?: readonly ({ readonly name: string } & Partial<InstanceFacts>)[];
  readonly readyNodes?: { readonly [service: string]: { readonly v4?: string[]; readonly v6?: string[] } };
  readonly objects?: readonly unknown[];
  readonly tcpRouteVersion?: string | null;
}

/** An address, or one with more to it. */
type WrittenAddress = string | ({ readonly address: string } & Partial<PublishedAddress>);

/** The defaults of the flags, and v2 presented. */
export const OPTIONS: GatewayOptions = readGatewayFlags({ ...LEAST_GATEWAY, defaultPresent: 'v2' }).gateway;

/** Readers of objects by kind, and the map that each fills. */
const READERS = {
  Service: { map: 'services', read: readServiceObject },
  Namespace: { map: 'namespaces', read: readNamespace },
  Node: { map: 'nodes', read: readNode },
  GatewayClass: { map: 'gatewayClasses', read: readGatewayClass },
  Gateway: { map: 'gateways', read: readGateway },
  TCPRoute: { map: 'tcpRoutes', read: readTcpRoute },
  ReferenceGrant: { map: 'grants', read: readGrant },
} as const;

/** A file's content → the arguments of `translate`. */
export function worldOf(written: WrittenWorld): { objects: ClusterObjects; place: GatewayPlace } {
  const options = optionsOf(written.options ?? {});
  const objects = objectsOf(written);
  const { instances, nodes } = objects;
  const last = addressesOf(written.last ?? []);
  const place: GatewayPlace = {
    options,
    ownAddresses: written.ownAddresses ?? [],
    node: written.node ?? null,
    faults: byPort(written.faults ?? {}) as ReadonlyMap<4 | 6, string>,
    reservedPorts: byPort(written.reservedPorts ?? {}),
    heldPorts: byPort(written.heldPorts ?? {}),
    failures: new Map(Object.entries(written.failures ?? {})),
    published: written.published
      ? addressesOf(written.published)
      : publication({ instances, nodes, options }, last).addresses,
    companions: new Map(
      Object.entries(written.companions ?? {}).map(([object, addresses]) => [object, addressesOf(addresses)]),
    ),
    keepsIpMode: written.keepsIpMode ?? null,
  };
  return { objects, place };
}

function optionsOf(written: NonNullable<WrittenWorld['options']>): GatewayOptions {
  const { namespaces = 'all', ports, endpointCidrs, hopListen, ...others } = written;
  const selector = namespaces === 'all' ? null : readLabelSelector(namespaces);
  if (selector?.is === 'invalid') throw new TypeError(selector.why);
  return {
    ...OPTIONS,
    ...others,
    namespaces:
      selector === null ? { kind: 'all' } : { kind: 'selector', requirements: selector.requirements },
    hopListen: hopListen === undefined ? null : (parseAddress(hopListen) as TcpAddress),
    ports: ports === undefined ? OPTIONS.ports : ports.map(spanOf),
    publish: (others.publish as PublishChoice | null | undefined) ?? OPTIONS.publish,
    endpointCidrs: (endpointCidrs ?? []).map((text) => parseCidr(text)!),
  };
}

function spanOf(text: string | number): { first: number; last: number } {
  const [first, last = first] = String(text).split('-').map(Number);
  return { first: first!, last: last! };
}

/** Whether it is an object of a kind that the controller watches. */
export function isWatched(value: unknown): boolean {
  return Object.hasOwn(READERS, String((value as { kind?: unknown } | null)?.kind));
}

/** Objects of unknown kinds are an error: nothing would be tested. */
export function objectsOf(
  written: Pick<WrittenWorld, 'objects' | 'instances' | 'readyNodes' | 'tcpRouteVersion'>,
): ClusterObjects {
  const maps = {
    services: new Map(),
    namespaces: new Map(),
    nodes: new Map(),
    gatewayClasses: new Map(),
    gateways: new Map(),
    tcpRoutes: new Map(),
    grants: new Map(),
  };
  for (const value of written.objects ?? []) {
    const { kind } = value as { kind: string };
    if (!isWatched(value)) throw new TypeError(`no reader for ${kind}`);
    const { map, read } = READERS[kind as keyof typeof READERS];
    const object = read(value);
    if (object === null) continue;
    maps[map].set(object.namespace === '' ? object.name : `${object.namespace}/${object.name}`, object);
  }
  const instances = (written.instances ?? []).map((each): [string, InstanceFacts] => [
    each.name,
    {
      node: null,
      addresses: [],
      failedPorts: [],
      bypassed: [],
      isDraining: false,
      isFresh: true,
      ...each,
    },
  ]);
  return {
    ...maps,
    instances: new Map(instances),
    tcpRouteVersion: written.tcpRouteVersion === undefined ? 'v1' : written.tcpRouteVersion,
    readyNodes: (service): ReadyNodes => {
      const { v4 = [], v6 = [] } = written.readyNodes?.[service] ?? {};
      return { anywhere: v4.length + v6.length > 0, v4: new Set(v4), v6: new Set(v6) };
    },
  };
}

function addressesOf(written: readonly WrittenAddress[]): PublishedAddress[] {
  return written.map((each) => {
    const more = typeof each === 'string' ? { address: each } : each;
    const kind = /^[\d.]+$|:/.test(more.address) ? 'ip' : 'hostname';
    return { kind, node: null, failedPorts: [], bypassedPorts: [], ...more };
  });
}

function byPort(written: { readonly [port: string]: string }): Map<number, string> {
  return new Map(Object.entries(written).map(([port, text]) => [Number(port), text]));
}
