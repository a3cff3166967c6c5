import { pause } from '../../discovery/backoff.ts';
import type { DiscoveryClock } from '../../discovery/discovery-clock.ts';
import type { KubernetesClient } from '../../discovery/kubernetes/api-client.ts';
import { type ApiFailure, type FailureCode, failure } from '../../discovery/kubernetes/failure.ts';
import { objectOf } from '../../discovery/kubernetes/json.ts';
import type { SourceRemark } from '../../endpoints/endpoint-source.ts';
import {
  formatInstanceReport,
  INSTANCE_ANNOTATION,
  INSTANCE_LEASE_MS,
  type InstanceReport,
} from './instance-report.ts';
import { formatLeaseRecord, leasePath, microsText, readLeaseRecord } from './lease-record.ts';

/** The Pod that goes with the Lease: once it is deleted, Kubernetes deletes the Lease. */
export interface LeaseOwner {
  readonly name: string;
  readonly uid: string;
}

export interface InstanceLeaseParts {
  readonly client: Pick<KubernetesClient, 'get' | 'send'>;
  readonly namespace: string;
  readonly name: string;
  /** Of this process alone. */
  readonly identity: string;
  readonly labels: { readonly [name: string]: string };
  /** null: it runs in no Pod. */
  readonly owner: LeaseOwner | null;
  readonly clock: DiscoveryClock;
  readonly facts: () => InstanceReport;
  readonly remark: (remark: SourceRemark) => void;
}

/** The Lease by which an instance tells the others that it lives, and what it serves (G5b). */
export interface InstanceLease {
  start(): void;
  /** `facts` are others now: they are written at once. */
  changed(): void;
  /** Says that it drains, unless another process of this name has taken over, and renews it no more. */
  stop(isTakenOver?: boolean): Promise<void>;
}

const RENEW_MS = 5000;
/** After a failure, so that two attempts fail before others take this instance for dead. */
const RETRY_MS = 2000;
/**
 * The longest wait that a server may ask for: one that is overloaded asks for up to half a minute, and by then others take this
 * instance for dead. Two more attempts remain after the first one that fails.
 */
const MAX_ASKED_MS = 4000;
/** Between two writes, however often the facts change. */
const LEAST_MS = 500;
/** How long the API may take for one request: a renewal that takes longer is overtaken by the next one. */
const REQUEST_MS = 4000;
const LAST_MS = 2000;
/** Somebody else has written or made it meanwhile. */
const CHANGED: readonly FailureCode[] = ['conflict', 'exists'];

/**
 * Written each 5 s, and at once if something changes; good for 15 s. Whatever another process of this name has left is written
 * over. If another process writes it afterwards, that one is the successor, and this one is silent for as long as it lives.
 */
export function createInstanceLease(parts: InstanceLeaseParts): InstanceLease {
  const { client, namespace, name, identity, clock, remark } = parts;
  const path = leasePath(namespace, name);
  const stopped = new AbortController();
  /** As the API last gave it; null: it has to be read first. */
  let known: unknown = null;
  /** The record of the process that took over, and when we first saw it. */
  let successor: { readonly record: string; readonly atMs: number } | null = null;
  let isFirst = true;
  /** Why it could not be written, if that was said. */
  let said: FailureCode | null = null;
  let wake = new AbortController();
  let request = new AbortController();
  let running = Promise.resolve();

  function bodyOf(before: unknown, isDraining: boolean) {
    const now = microsText(clock.date());
    const { metadata, spec } = objectOf(before);
    const { annotations, labels, ownerReferences, ...rest } = objectOf(metadata);
    const last = readLeaseRecord(before, INSTANCE_LEASE_MS);
    const isOurs = last.holder === identity;
    const report = parts.facts();
    const record = {
      ...{ holder: identity, durationMs: INSTANCE_LEASE_MS, renewTime: now },
      acquireTime: isOurs ? last.acquireTime : now,
      transitions: last.transitions + (isOurs || last.holder === '' ? 0 : 1),
    };
    const { owner } = parts;
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: {
        ...{ ...rest, name, namespace, labels: { ...objectOf(labels), ...parts.labels } },
        annotations: {
          ...objectOf(annotations),
          [INSTANCE_ANNOTATION]: formatInstanceReport({
            ...report,
            isDraining: report.isDraining || isDraining,
          }),
        },
        // Those of a former Pod of this name would have the Lease deleted with it.
        ownerReferences:
          owner === null ? [] : [{ apiVersion: 'v1', kind: 'Pod', name: owner.name, uid: owner.uid }],
      },
      spec: { ...objectOf(spec), ...formatLeaseRecord(record) },
    };
  }

  /** Writes it once. Returns why that failed; `superseded`: it is another process's. */
  async function write(signal: AbortSignal, isDraining: boolean): Promise<ApiFailure | 'superseded' | null> {
    if (known === null) {
      const read = await client.get(path, signal);
      if ('code' in read && read.code !== 'not_found') return read;
      known = 'code' in read ? null : read.object;
      if (known !== null && isSuperseded(known)) return 'superseded';
    }
    const body = bodyOf(known, isDraining);
    const reply = await client.send(
      known === null ? { verb: 'create', path: leasePath(namespace), body } : { verb: 'update', path, body },
      signal,
    );
    // Whatever failed, it may have been carried out.
    known = 'code' in reply ? null : reply.object;
    if ('code' in reply) return reply;
    isFirst = false;
    successor = null;
    return null;
  }

  /** Another process has written it since we did, and still renews it. */
  function isSuperseded(object: unknown): boolean {
    const last = readLeaseRecord(object, INSTANCE_LEASE_MS);
    if (isFirst || last.holder === identity || last.holder === '') return false;
    const record = JSON.stringify(last);
    if (successor?.record !== record) successor = { record, atMs: clock.now() };
    return clock.now() < successor.atMs + last.durationMs;
  }

  async function within(ms: number, isDraining: boolean) {
    for (let tried = 1; ; tried++) {
      const late = new AbortController();
      request = late;
      let isLate = false;
      const cancel = clock.after(ms, () => {
        isLate = true;
        late.abort();
      });
      const failed = await write(late.signal, isDraining);
      cancel();
      if (isLate && failed !== null && failed !== 'superseded' && failed.code === 'stopped')
        return { ...failure('timeout', `no response within ${ms / 1000} s`), gated: failed.gated };
      // Changed since it was read: it is read again.
      const isAgain = failed !== null && failed !== 'superseded' && CHANGED.includes(failed.code);
      if (!isAgain || tried === 3) return failed;
    }
  }

  /** What lasts is said once; and that no connection can be made, by the watches. */
  function isKnown({ code, gated }: ApiFailure): boolean {
    return gated || code === said;
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      wake = new AbortController();
      const begunAt = clock.now();
      const failed = await within(REQUEST_MS, false);
      if (stopped.signal.aborted) return;
      if (failed === 'superseded') known = null;
      else if (failed === null) said = null;
      else if (!isKnown(failed)) {
        said = failed.code;
        const message = `the Lease ${namespace}/${name} of this instance cannot be written (${failed.code}: ${failed.message})`;
        remark({ level: 'warn', code: `instance_lease_${failed.code}`, message });
      }
      const isOk = failed === null || failed === 'superseded';
      const askedMs = isOk ? 0 : Math.min(failed.retryAfterMs, MAX_ASKED_MS);
      const restMs = isOk ? RENEW_MS - (clock.now() - begunAt) : Math.max(RETRY_MS, askedMs);
      await pause(LEAST_MS, clock, stopped.signal);
      // What has failed is not tried sooner because something changes.
      await pause(Math.max(0, restMs - LEAST_MS), clock, isOk ? wake.signal : stopped.signal);
    }
  }

  return {
    start() {
      running = run();
    },
    changed: () => wake.abort(),
    async stop(isTakenOver = false) {
      for (const each of [stopped, wake, request]) each.abort();
      await running;
      if (!isTakenOver) await within(LAST_MS, true);
    },
  };
}
