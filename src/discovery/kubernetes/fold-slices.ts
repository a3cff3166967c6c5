import { familyOf } from '../../address/ip.ts';
import { formatSocketAddress } from '../../address/socket-address.ts';
import type { KnownEndpoint } from '../../endpoints/known-endpoint.ts';
import type { FamilyChoice } from '../address-rules.ts';
import { sortEndpoints } from '../known-endpoints.ts';
import { isChosen, type PortChoice } from './port-choice.ts';
import type { Slice, SliceEndpoint } from './slice.ts';

export interface FoldRules {
  readonly port: PortChoice;
  readonly family: FamilyChoice;
  /** The first family of the Service, which `auto` prefers; null: IPv4. */
  readonly firstFamily: 4 | 6 | null;
}

export interface Folded {
  /** Sorted by `text`, without duplicates; empty if `port` is `any`. */
  readonly endpoints: readonly KnownEndpoint[];
  /** Of both families, without duplicates, whatever `family` is. */
  readonly addresses: readonly Uint8Array[];
}

interface Found {
  readonly endpoint: SliceEndpoint;
  readonly port: number;
}

/**
 * The union of all slices of a Service (S6) → its endpoints. Pure. Slices are processed in the order of their names, so
 * that the result does not depend on the order in which they arrived.
 */
export function foldSlices(slices: Iterable<Slice>, rules: FoldRules): Folded {
  const sorted = [...slices].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const addresses = new Map<string, Uint8Array>();
  const found = new Map<string, Found>();
  for (const { ports, endpoints } of sorted) {
    // Port names are unique within a slice; a forged slice must not multiply its endpoints by its ports.
    const chosen = ports.find((port) => isChosen(rules.port, port));
    if (chosen === undefined && rules.port.by !== 'any') continue;
    for (const endpoint of endpoints) addresses.set(endpoint.ipText, endpoint.ip);
    if (chosen !== undefined && rules.port.by !== 'any') addEndpoints(found, endpoints, chosen.port);
  }
  return { endpoints: ofFamilies(found, rules), addresses: [...addresses.values()] };
}

/** E5: the address of a terminating pod may already belong to another pod, so the endpoint that is not terminating wins. */
function addEndpoints(found: Map<string, Found>, endpoints: readonly SliceEndpoint[], port: number): void {
  for (const endpoint of endpoints) {
    const text = formatSocketAddress(endpoint.ip, port);
    if (!endpoint.terminating || !found.has(text)) found.set(text, { endpoint, port });
  }
}

/** P11: a dual-stack pod is in two slices, but is one endpoint, unless both of its addresses are wanted. */
function ofFamilies(found: ReadonlyMap<string, Found>, { family, firstFamily }: FoldRules): KnownEndpoint[] {
  if (family === 'both') {
    return sortEndpoints([...found].map(([text, { endpoint, port }]) => knownEndpoint(endpoint, port, text)));
  }
  const wanted = family === 'auto' ? (firstFamily ?? 4) : family;
  const pods = new Set<string>();
  for (const { endpoint } of found.values()) {
    if (endpoint.uid !== null && familyOf(endpoint.ip) === wanted) pods.add(endpoint.uid);
  }
  const kept: KnownEndpoint[] = [];
  for (const [text, { endpoint, port }] of found) {
    const isWanted = familyOf(endpoint.ip) === wanted;
    const isOnlyOne = family === 'auto' && (endpoint.uid === null || !pods.has(endpoint.uid));
    if (isWanted || isOnlyOne) kept.push(knownEndpoint(endpoint, port, text));
  }
  return sortEndpoints(kept);
}

function knownEndpoint(endpoint: SliceEndpoint, port: number, text: string): KnownEndpoint {
  const { ip, node, zone, ready, serving, terminating, forNodes, forZones } = endpoint;
  return { ip, port, path: null, text, node, zone, ready, serving, terminating, forNodes, forZones };
}
