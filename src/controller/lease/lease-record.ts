import type { JsonObject } from '../../discovery/kubernetes/json.ts';
import { objectOf, textOf } from '../../discovery/kubernetes/json.ts';

/** `spec` of a Lease as far as it decides who holds it. */
export interface LeaseRecord {
  /** Empty: it was released. */
  readonly holder: string;
  readonly durationMs: number;
  readonly acquireTime: string | null;
  readonly renewTime: string | null;
  readonly transitions: number;
}

/** A longer duration than an hour is a mistake, and would leave the cluster without a leader for as long. */
const MAX_DURATION_S = 3600;

/** The Lease's record; one that says nothing usable is one that was released. */
export function readLeaseRecord(value: unknown, usualMs: number): LeaseRecord {
  const { holderIdentity, leaseDurationSeconds, acquireTime, renewTime, leaseTransitions } = objectOf(
    objectOf(value).spec,
  );
  const seconds = typeof leaseDurationSeconds === 'number' ? leaseDurationSeconds : 0;
  const isUsable = seconds > 0 && seconds <= MAX_DURATION_S;
  return {
    holder: textOf(holderIdentity) ?? '',
    durationMs: isUsable ? 1000 * seconds : usualMs,
    acquireTime: textOf(acquireTime),
    renewTime: textOf(renewTime),
    transitions: typeof leaseTransitions === 'number' ? leaseTransitions : 0,
  };
}

/** A record, as a Lease has it. */
export function formatLeaseRecord(record: LeaseRecord): JsonObject {
  return {
    holderIdentity: record.holder,
    leaseDurationSeconds: Math.ceil(record.durationMs / 1000),
    acquireTime: record.acquireTime,
    renewTime: record.renewTime,
    leaseTransitions: record.transitions,
  };
}

/** `2026-11-30T17:43:02.123000Z`: a Lease keeps microseconds, and wants all six digits. */
export function microsText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}000Z`;
}

/** `/apis/coordination.k8s.io/v1/namespaces/herald/leases/herald-gateway`, or all of the namespace. */
export function leasePath(namespace: string, name?: string): string {
  const all = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
  return name === undefined ? all : `${all}/${encodeURIComponent(name)}`;
}
