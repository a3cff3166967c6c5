import { formatIp, parseIp } from '../../address/ip.ts';
import type { IpSet } from '../../address/ip-set.ts';
import { unmapped } from '../../address/v4-mapped.ts';
import { refuseOfSlice } from '../address-rules.ts';
import { type JsonObject, listOf, objectOf, textOf } from './json.ts';

/** One endpoint of a slice, on any of its ports. */
export interface SliceEndpoint {
  readonly ip: Uint8Array;
  readonly ipText: string;
  /** The pod, whatever its families; null where the slice names none. */
  readonly uid: string | null;
  readonly node: string | null;
  readonly zone: string | null;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly forNodes: readonly string[];
  readonly forZones: readonly string[];
}

export interface NamedPort {
  /** Empty for the only port of a Service. */
  readonly name: string;
  readonly port: number;
}

/** An address that no endpoint may have, as it was written (its beginning, if long), and why. */
export interface SliceRefusal {
  readonly address: string;
  readonly why: string;
}

/** What Herald keeps of an EndpointSlice: the TCP ports, and the endpoints that may be dialled. */
export interface Slice {
  readonly name: string;
  /** Whose endpoints they are. */
  readonly service: string;
  readonly ports: readonly NamedPort[];
  readonly endpoints: readonly SliceEndpoint[];
  /** The first `MAX_REFUSALS`. */
  readonly refusals: readonly SliceRefusal[];
}

export interface SliceRules {
  readonly namespace: string;
  /** The Services that are asked for. */
  readonly services: ReadonlySet<string>;
}

const MAX_REFUSALS = 16;
const MAX_ADDRESS_LENGTH = 64;
const NONE: readonly string[] = [];

/** An object of the API → Slice; null where it is no slice of such a Service (S4) or of no family of ours (S5). */
export function readSlice(value: unknown, rules: SliceRules): Slice | null {
  const { metadata, addressType, ports, endpoints } = objectOf(value);
  const { name, namespace, labels } = objectOf(metadata);
  const service = textOf(objectOf(labels)['kubernetes.io/service-name']);
  if (namespace !== rules.namespace || service === null || !rules.services.has(service)) return null;
  const length = addressType === 'IPv4' ? 4 : addressType === 'IPv6' ? 16 : null;
  if (length === null) return null;
  const kept: SliceEndpoint[] = [];
  const refusals: SliceRefusal[] = [];
  for (const each of listOf(endpoints)) {
    const endpoint = readEndpoint(objectOf(each), length);
    if (endpoint === null) continue;
    if (!('why' in endpoint)) kept.push(endpoint);
    else if (refusals.length < MAX_REFUSALS) refusals.push(endpoint);
  }
  return { name: textOf(name) ?? '', service, ports: readPorts(ports), endpoints: kept, refusals };
}

/** The TCP ports of a slice or of a Service. E4: one without a number is no port; the API fills in the protocol. */
export function readPorts(ports: unknown): NamedPort[] {
  return listOf(ports).flatMap((each) => {
    const { name, port, protocol } = objectOf(each);
    if ((protocol ?? 'TCP') !== 'TCP' || typeof port !== 'number' || typeof name !== 'string') return [];
    return Number.isInteger(port) && port >= 1 && port <= 65535 ? [{ name, port }] : [];
  });
}

/** Null where there is no address at all (E1). */
function readEndpoint(from: JsonObject, length: number): SliceEndpoint | SliceRefusal | null {
  const address = textOf(listOf(from.addresses)[0]);
  if (address === null) return null;
  const ip = readIp(address);
  const why = ip?.length === length ? refuseOfSlice(ip, null) : 'not an address of the family of its slice';
  if (ip === undefined || why !== null) return { address: address.slice(0, MAX_ADDRESS_LENGTH), why: why! };
  const { ready, serving, terminating } = objectOf(from.conditions);
  const { forNodes, forZones } = objectOf(from.hints);
  return {
    ip,
    ipText: formatIp(ip),
    uid: textOf(objectOf(from.targetRef).uid),
    node: textOf(from.nodeName),
    zone: textOf(from.zone),
    // E2: what nobody said is "ready", "serving" and "not terminating".
    ready: ready !== false,
    serving: serving !== false,
    terminating: terminating === true,
    forNodes: readNames(forNodes),
    forZones: readNames(forZones),
  };
}

/** E1: kube-proxy reads leading zeros of IPv4 as decimals, and so has everything that wrote them. */
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
 * Slices without the endpoints that lie outside of `--endpoint-cidrs`. Slices are shared by everybody who follows their
 * Service, and each may have CIDRs of its own. One slice always gives the same result, which is kept as long as it is.
 */
export function createRestriction(cidrs: IpSet | null): (slice: Slice) => Slice {
  if (cidrs === null) return (slice) => slice;
  const known = new WeakMap<Slice, Slice>();
  return (slice) => {
    const restricted = known.get(slice) ?? restrict(slice, cidrs);
    known.set(slice, restricted);
    return restricted;
  };
}

function restrict(slice: Slice, cidrs: IpSet): Slice {
  const endpoints: SliceEndpoint[] = [];
  const refusals: SliceRefusal[] = [...slice.refusals];
  for (const endpoint of slice.endpoints) {
    const why = refuseOfSlice(endpoint.ip, cidrs);
    if (why === null) endpoints.push(endpoint);
    else if (refusals.length < MAX_REFUSALS) refusals.push({ address: endpoint.ipText, why });
  }
  return { ...slice, endpoints, refusals };
}
