import { formatIp, parseIp } from '../../address/ip.ts';
import type { IpSet } from '../../address/ip-set.ts';
import { unmapped } from '../../address/v4-mapped.ts';
import { refuseOfSlice } from '../address-rules.ts';
import { type JsonObject, listOf, objectOf, textOf } from './json.ts';

/** One endpoint of a slice, on any of its ports. */
export interface SliceEndpoint {
  readonly ip: Uint8Array;
  readonly ipText: string;
  /** Identifies the pod, in slices of both families; null if the slice names none. */
  readonly uid: string | null;
  /** The pod that it is said to be (G11); null: none. */
  readonly pod: PodName | null;
  readonly node: string | null;
  readonly zone: string | null;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly forNodes: readonly string[];
  readonly forZones: readonly string[];
}

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

export interface NamedPort {
  /** Empty for the only, unnamed port of a Service. */
  readonly name: string;
  readonly port: number;
}

/** An address that no endpoint may have (cut if it is long), and why. */
export interface SliceRefusal {
  readonly address: string;
  readonly why: string;
}

/** What Herald keeps of an EndpointSlice: the TCP ports, and the endpoints that may be dialed. */
export interface Slice {
  readonly name: string;
  readonly namespace: string;
  /** The name of the Service that the endpoints belong to. */
  readonly service: string;
  readonly ports: readonly NamedPort[];
  readonly endpoints: readonly SliceEndpoint[];
  /** At most `MAX_REFUSALS`. */
  readonly refusals: readonly SliceRefusal[];
}

export interface SliceRules {
  /** null: any. */
  readonly namespace: string | null;
  /** The Services that are followed; null: all. */
  readonly services: ReadonlySet<string> | null;
}

const MAX_REFUSALS = 16;
const MAX_ADDRESS_LENGTH = 64;
const NONE: readonly string[] = [];

/** An object of the API → Slice; null if it is not a slice of one of these Services (S4), or not of IPv4 or IPv6 (S5). */
export function readSlice(value: unknown, rules: SliceRules): Slice | null {
  const { metadata, addressType, ports, endpoints } = objectOf(value);
  const { name, namespace, labels } = objectOf(metadata);
  const service = textOf(objectOf(labels)['kubernetes.io/service-name']);
  const place = textOf(namespace);
  if (place === null || service === null) return null;
  if (rules.namespace !== null && place !== rules.namespace) return null;
  if (rules.services !== null && !rules.services.has(service)) return null;
  const length = addressType === 'IPv4' ? 4 : addressType === 'IPv6' ? 16 : null;
  if (length === null) return null;
  const kept: SliceEndpoint[] = [];
  const refusals: SliceRefusal[] = [];
  const written = listOf(endpoints);
  // All addresses are parts of one array: an array of its own takes 200 bytes for an address of 4.
  const bytes = new Uint8Array(written.length * length);
  for (const [index, each] of written.entries()) {
    const room = bytes.subarray(index * length, (index + 1) * length);
    const endpoint = readEndpoint(objectOf(each), room, place);
    if (endpoint === null) continue;
    if (!('why' in endpoint)) kept.push(endpoint);
    else if (refusals.length < MAX_REFUSALS) refusals.push(endpoint);
  }
  return {
    name: textOf(name) ?? '',
    namespace: place,
    service,
    ports: readPorts(ports),
    endpoints: kept,
    refusals,
  };
}

/** The TCP ports of a slice or of a Service. E4: a port without a number is ignored; the default protocol is TCP. */
export function readPorts(ports: unknown): NamedPort[] {
  return listOf(ports).flatMap((each) => {
    const { name, port, protocol } = objectOf(each);
    if ((protocol ?? 'TCP') !== 'TCP' || typeof port !== 'number' || typeof name !== 'string') return [];
    return Number.isInteger(port) && port >= 1 && port <= 65535 ? [{ name, port }] : [];
  });
}

/** `room`: where its address is kept, of the length of its family. Null if there is no address (E1). */
function readEndpoint(
  from: JsonObject,
  room: Uint8Array,
  place: string,
): SliceEndpoint | SliceRefusal | null {
  const address = textOf(listOf(from.addresses)[0]);
  if (address === null) return null;
  const ip = readIp(address);
  const why =
    ip?.length === room.length ? refuseOfSlice(ip, null) : 'not an address of the family of its slice';
  if (ip === undefined || why !== null) return { address: address.slice(0, MAX_ADDRESS_LENGTH), why: why! };
  room.set(ip);
  const { ready, serving, terminating } = objectOf(from.conditions);
  const { forNodes, forZones } = objectOf(from.hints);
  return {
    ip: room,
    ipText: formatIp(room),
    uid: textOf(objectOf(from.targetRef).uid),
    pod: readPod(objectOf(from.targetRef), place),
    node: textOf(from.nodeName),
    zone: textOf(from.zone),
    // E2: absent conditions mean ready, serving and not terminating.
    ready: ready !== false,
    serving: serving !== false,
    terminating: terminating === true,
    forNodes: readNames(forNodes),
    forZones: readNames(forZones),
  };
}

/** Of the slice's own namespace, unless it names another one. */
function readPod({ kind, namespace, name }: JsonObject, place: string): PodName | null {
  const named = textOf(name);
  if (kind !== 'Pod' || named === null) return null;
  // The slice's text instead of an equal one, which would be kept for each endpoint.
  return { namespace: namespace === place ? place : (textOf(namespace) ?? place), name: named };
}

/** E1: like kube-proxy, reads IPv4 octets with leading zeros as decimal, as the writers of such slices mean them. */
function readIp(address: string): Uint8Array | undefined {
  const isV4 = address.length <= 45 && /^[\d.]+$/.test(address);
  const ip = parseIp(isV4 ? address.replace(/(?<=^|\.)0+(?=\d)/g, '') : address);
  return ip && unmapped(ip);
}

function readNames(hints: unknown): readonly string[] {
  const names = listOf(hints).flatMap((hint) => textOf(objectOf(hint).name) ?? []);
  return names.length === 0 ? NONE : names;
}

/**
 * Returns a function that removes the endpoints outside `--endpoint-cidrs` from a slice. Slices are shared by all followers
 * of a Service, and each follower may have its own CIDRs. The result for a slice is kept as long as the slice.
 */
export function createRestriction(cidrs: IpSet | null): (slice: Slice) => Slice {
  if (cidrs === null) return (slice) => slice;
  const known = new WeakMap<Slice, Slice>();
  return (slice) => {
    const restricted = known.get(slice) ?? restrict(slice, ({ ip }) => refuseOfSlice(ip, cidrs));
    known.set(slice, restricted);
    return restricted;
  };
}

/** Removes the endpoints that are refused. `whyNot`: why an endpoint is, in a few words; empty: it is no matter for the log. */
export function restrict(slice: Slice, whyNot: (endpoint: SliceEndpoint) => string | null): Slice {
  const endpoints: SliceEndpoint[] = [];
  const refusals: SliceRefusal[] = [...slice.refusals];
  for (const endpoint of slice.endpoints) {
    const why = whyNot(endpoint);
    if (why === null) endpoints.push(endpoint);
    else if (why !== '' && refusals.length < MAX_REFUSALS) refusals.push({ address: endpoint.ipText, why });
  }
  const { name, namespace, service, ports } = slice;
  return { name, namespace, service, ports, endpoints, refusals };
}
