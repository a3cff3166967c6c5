import { parseIp } from '../address/ip.ts';
import type { DiscoveryClock } from '../discovery/discovery-clock.ts';
import { listOf, objectOf, parseJson, textOf } from '../discovery/kubernetes/json.ts';
import type { InstanceFacts } from './cluster-objects.ts';
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
}

/** An instance as others know it, at the time at which its Lease was last read. */
export interface InstanceState extends InstanceFacts {
  readonly askAt: string | null;
}

/** A Lease of an instance, as it was read. */
export interface InstanceReading {
  /** Of its Lease. */
  readonly name: string;
  readonly state: InstanceState;
  readonly expiresAtMs: number;
}

export const INSTANCE_ANNOTATION = 'herald/instance';
const DURATION_MS = 15_000;
/** Anybody with rights on Leases of the namespace may write one. */
const MAX_ITEMS = 1024;
const MAX_PORTS = 65_535;

export function formatInstanceReport(report: InstanceReport): string {
  const families = [...new Set(report.addresses.map((address) => (address.includes(':') ? 6 : 4)))].sort();
  // A Lease with more annotations than the API takes could not be renewed.
  return JSON.stringify({ ...report, bypassed: report.bypassed.slice(0, MAX_ITEMS), families });
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
  const { holder, durationMs } = readLeaseRecord(value, DURATION_MS);
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
  };
  return { name: named, state, expiresAtMs: nowMs + durationMs };
}

function texts(value: unknown): readonly string[] {
  return listOf(value)
    .flatMap((item) => textOf(item) ?? [])
    .slice(0, MAX_ITEMS);
}

/** The instances of the gateway, from their Leases. An instance stays the same object while nothing is new about it. */
export interface Instances {
  readonly all: ReadonlyMap<string, InstanceState>;
  /** A Lease was read that is new or has changed. */
  put(reading: InstanceReading): void;
  remove(name: string): void;
  stop(): void;
}

/** `changed`: `all` is another map than before, because a Lease says something new, is gone, or has expired. */
export function createInstances(clock: DiscoveryClock, changed: () => void): Instances {
  const expiries = new Map<string, number>();
  /** Instances that expired, and how long their Leases were good. */
  const lapsed = new Map<string, number>();
  const durations = new Map<string, number>();
  let all: ReadonlyMap<string, InstanceState> = new Map();
  let cancel = () => {};

  function replace(name: string, state: InstanceState | null): void {
    const next = new Map(all);
    if (state === null) next.delete(name);
    else next.set(name, state);
    all = next;
    changed();
  }

  function expire(): void {
    const now = clock.now();
    for (const [name, at] of expiries) {
      if (at > now) continue;
      expiries.delete(name);
      lapsed.set(name, durations.get(name)!);
      replace(name, { ...all.get(name)!, isFresh: false });
    }
    awaitExpiry();
  }

  function awaitExpiry(): void {
    cancel();
    cancel = () => {};
    if (expiries.size > 0) cancel = clock.after(Math.min(...expiries.values()) - clock.now(), expire);
  }

  /**
   * If all have expired, this process has seen nothing for a while: the API was away. Each then gets its time anew, else the first
   * one to be seen again would for a moment be the only one to be published.
   */
  function revive(): void {
    if (expiries.size > 0) return;
    for (const [name, durationMs] of lapsed) {
      expiries.set(name, clock.now() + durationMs);
      replace(name, { ...all.get(name)!, isFresh: true });
    }
    lapsed.clear();
  }

  return {
    get all() {
      return all;
    },
    put({ name, state, expiresAtMs }) {
      revive();
      lapsed.delete(name);
      durations.set(name, expiresAtMs - clock.now());
      if (state.isFresh) expiries.set(name, expiresAtMs);
      else expiries.delete(name);
      awaitExpiry();
      if (JSON.stringify(all.get(name)) !== JSON.stringify(state)) replace(name, state);
    },
    remove(name) {
      for (const each of [expiries, lapsed, durations]) each.delete(name);
      awaitExpiry();
      if (all.has(name)) replace(name, null);
    },
    stop: () => cancel(),
  };
}
