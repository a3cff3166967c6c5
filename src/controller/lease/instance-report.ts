import { parseIp } from '../../address/ip.ts';
import { isReachable } from '../../address/reachable.ts';
import { formatSocketAddress, parseAddress } from '../../address/socket-address.ts';
import { unmapped } from '../../address/v4-mapped.ts';
import { listOf, objectOf, parseJson, textOf } from '../../discovery/kubernetes/json.ts';
import type { Hop } from '../../endpoints/snapshot.ts';
import type { InstanceFacts } from '../objects/cluster-objects.ts';
import { familyOf } from '../objects/published-ip.ts';
import { readLeaseRecord } from './lease-record.ts';

/** What an instance says of itself, as JSON in an annotation of its Lease. */
export interface InstanceReport {
  readonly node: string | null;
  readonly addresses: readonly string[];
  readonly failedPorts: readonly number[];
  /** `10.0.0.2:443`: addresses of others that led past Herald when this instance dialed them. */
  readonly bypassed: readonly string[];
  readonly isDraining: boolean;
  /** `10.0.0.1:9090`: where it says whether a connection reached it; null: nowhere. */
  readonly askAt: string | null;
  /** null: it takes no sessions from others, because its listener of hops is not open, or it drains. */
  readonly hop: HopReport | null;
  /** Why it cannot present clients that it would have to: one sentence; null: it can, or no object wants it. */
  readonly hopFault: string | null;
}

/** Where an instance takes sessions for the pods of its node (G12). */
export interface HopReport {
  /** `10.0.0.1:9467`. */
  readonly at: string;
  /** The families of pods that its node has proven to present clients to. */
  readonly families: readonly (4 | 6)[];
}

/** An instance as others know it, at the time at which its Lease was last read. */
export interface InstanceState extends InstanceFacts, Pick<InstanceReport, 'askAt' | 'hop' | 'hopFault'> {}

/** A Lease of an instance, as it was read. */
export interface InstanceReading {
  /** Of its Lease. */
  readonly name: string;
  readonly state: InstanceState;
  readonly expiresAtMs: number;
}

export const INSTANCE_ANNOTATION = 'herald/instance';
/** How long such a Lease is good, unless it says otherwise. */
export const INSTANCE_LEASE_MS = 15_000;
/** Anybody with rights on Leases of the namespace may write one. */
const MAX_ITEMS = 1024;
const MAX_PORTS = 65_535;
const MAX_FAULT = 512;

export function formatInstanceReport(report: InstanceReport): string {
  const families = [...new Set(report.addresses.map(familyOf))].sort();
  // A Lease with more annotations than the API takes could not be renewed.
  return JSON.stringify({
    ...{ ...report, bypassed: report.bypassed.slice(0, MAX_ITEMS), families },
    ...{ hop: report.isDraining ? null : report.hop, hopFault: report.hopFault?.slice(0, MAX_FAULT) ?? null },
  });
}

/**
 * A Lease → the instance that it is of; null if it is not one. `nowMs` is when it was seen to change, by the reader's clock: the
 * Lease is good for its duration from then on. Clocks of machines are never compared.
 */
export function readInstanceLease(value: unknown, nowMs: number): InstanceReading | null {
  const { name, annotations } = objectOf(objectOf(value).metadata);
  const named = textOf(name);
  const text = textOf(objectOf(annotations)[INSTANCE_ANNOTATION]);
  if (named === null || text === null) return null;
  const report = objectOf(parseJson(text));
  const { holder, durationMs } = readLeaseRecord(value, INSTANCE_LEASE_MS);
  const state = {
    name: named,
    node: textOf(report.node),
    addresses: texts(report.addresses).filter((address) => parseIp(address) !== undefined),
    failedPorts: listOf(report.failedPorts)
      .filter((port): port is number => Number.isInteger(port))
      .slice(0, MAX_PORTS),
    bypassed: texts(report.bypassed),
    isDraining: report.isDraining === true,
    isFresh: holder !== '' && durationMs > 0,
    askAt: textOf(report.askAt),
    hop: readHop(report.hop),
    hopFault: textOf(report.hopFault)?.slice(0, MAX_FAULT) ?? null,
  };
  return { name: named, state, expiresAtMs: nowMs + durationMs };
}

function readHop(value: unknown): HopReport | null {
  const { at, families } = objectOf(value);
  const address = hopAddress(textOf(at) ?? '');
  if (address === null) return null;
  const told = listOf(families);
  return {
    at: formatSocketAddress(address.ip, address.port),
    families: ([4, 6] as const).filter((family) => told.includes(family)),
  };
}

/** Where a hop listens, as a report says it; null: that is no such address. */
export function hopAddress(at: string): Hop | null {
  const address = parseAddress(at);
  if ('problem' in address || address.kind !== 'tcp' || address.ip === null || address.port === 0)
    return null;
  const { ip, port } = address;
  // An instance that says so would have others hand over their clients to what listens on their own machines.
  return isReachable(unmapped(ip)) ? { ip, port } : null;
}

function texts(value: unknown): readonly string[] {
  return listOf(value)
    .flatMap((item) => textOf(item) ?? [])
    .slice(0, MAX_ITEMS);
}
