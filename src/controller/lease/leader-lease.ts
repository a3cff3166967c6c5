import { pause } from '../../discovery/backoff.ts';
import type { DiscoveryClock } from '../../discovery/discovery-clock.ts';
import type { KubernetesClient } from '../../discovery/kubernetes/api-client.ts';
import type { ApiFailure, FailureCode } from '../../discovery/kubernetes/failure.ts';
import { objectOf } from '../../discovery/kubernetes/json.ts';
import type { SourceRemark } from '../../endpoints/endpoint-source.ts';
import {
  formatLeaseRecord,
  type LeaseRecord,
  leasePath,
  microsText,
  readLeaseRecord,
} from './lease-record.ts';

export interface LeaderLeaseParts {
  readonly client: Pick<KubernetesClient, 'get' | 'send'>;
  readonly namespace: string;
  readonly name: string;
  /** Of this process alone: the pod's name with its uid. */
  readonly identity: string;
  readonly clock: DiscoveryClock;
  readonly random: () => number;
  /** What each write puts into its annotations; others stay as they are. */
  readonly annotations?: () => { readonly [name: string]: string };
  /** The API has answered for the first time what the Lease is. */
  readonly known?: () => void;
  /** `isLeader` has changed. */
  readonly changed: () => void;
  readonly remark: (remark: SourceRemark) => void;
}

/** Which of several instances may write: the one that holds a Lease. */
export interface LeaderLease {
  /** Also becomes false by time alone, without a call. */
  readonly isLeader: boolean;
  /**
   * The Lease as the API last gave it; null: there is none, or this instance may not read it; undefined: it has not been read yet.
   * Only who may write Leases of Herald's namespace could have written it.
   */
  readonly object: unknown;
  start(): void;
  /** Gives up what it holds, so that another instance need not wait until it expires. */
  stop(): Promise<void>;
}

/** The usual times of client-go. A holder gives up 5 s before anybody may take its Lease. */
const DURATION_MS = 15_000;
const RENEW_DEADLINE_MS = 10_000;
const RETRY_MS = 2000;
/** Adds up to 120 % to the wait of those who do not hold it, so that they do not all ask at the same time. */
const JITTER = 1.2;
/** How long stopping waits for the API to learn of it. */
const RELEASE_MS = 2000;

/** What the API last said of the Lease. */
interface Observed {
  readonly object: unknown;
  readonly record: LeaseRecord;
  /** Our time at which this record was first seen. */
  readonly atMs: number;
}

/**
 * Leader election as client-go does it. Clocks of machines are never compared: a Lease has expired if its record has not changed
 * for its duration by our own clock. The holder counts its deadline from the moment at which it began to ask for its last
 * renewal, so it always gives up before another instance can have waited for the whole duration.
 *
 *     waiting ──(free, released or expired: write with its version)──▶ holding ──▶ renews every 2 s
 *        ▲                                                               │
 *        └──── no renewal for 10 s, or another holder was seen ──────────┘
 */
export function createLeaderLease(parts: LeaderLeaseParts): LeaderLease {
  const { client, namespace, name, identity, clock, random, changed, remark } = parts;
  const path = leasePath(namespace, name);
  const abort = new AbortController();
  let observed: Observed | null = null;
  let isKnown = false;
  /** Until when we hold it, by our own clock. */
  let heldUntil = Number.NEGATIVE_INFINITY;
  let wasLeader = false;
  /** Why it could not be used, if that was said. */
  let said: FailureCode | null = null;
  let cancelDeadline = () => {};
  let running = Promise.resolve();

  const isLeader = () => !abort.signal.aborted && clock.now() < heldUntil;

  function tell(): void {
    if (isLeader() === wasLeader) return;
    wasLeader = !wasLeader;
    const message = wasLeader
      ? 'this instance writes statuses now'
      : 'this instance no longer writes statuses';
    remark({ level: 'info', code: wasLeader ? 'leader_elected' : 'leader_lost', message });
    changed();
  }

  function hold(askedAt: number): void {
    heldUntil = askedAt + RENEW_DEADLINE_MS;
    awaitDeadline();
    tell();
  }

  /** A timer may fire a little early. */
  function awaitDeadline(): void {
    cancelDeadline();
    cancelDeadline = clock.after(Math.max(1, heldUntil - clock.now()), () =>
      isLeader() ? awaitDeadline() : tell(),
    );
  }

  function lose(): void {
    heldUntil = Number.NEGATIVE_INFINITY;
    cancelDeadline();
    tell();
  }

  function observe(object: unknown): Observed {
    const record = readLeaseRecord(object, DURATION_MS);
    const isSame = observed !== null && JSON.stringify(observed.record) === JSON.stringify(record);
    observed = { object, record, atMs: isSame ? observed!.atMs : clock.now() };
    if (record.holder !== identity) lose();
    becomeKnown();
    return observed;
  }

  function becomeKnown(): void {
    if (isKnown) return;
    isKnown = true;
    parts.known?.();
  }

  /** One attempt to get or to keep it. Returns how long the server asks to wait. */
  async function attempt(): Promise<number> {
    const askedAt = clock.now();
    // A renewal that comes after the deadline is of no use.
    const late = new AbortController();
    const stopLate = () => late.abort();
    const cancel = clock.after(Math.max(0, isLeader() ? heldUntil - askedAt : RENEW_DEADLINE_MS), stopLate);
    abort.signal.addEventListener('abort', stopLate);
    try {
      return await ask(askedAt, late.signal);
    } finally {
      cancel();
      abort.signal.removeEventListener('abort', stopLate);
    }
  }

  async function ask(askedAt: number, signal: AbortSignal): Promise<number> {
    // The holder knows the version that it wrote, and saves the question.
    if (isLeader() && observed !== null) {
      const reply = await write(observed, askedAt, signal);
      if (reply === null || reply.code !== 'conflict') return reply?.retryAfterMs ?? 0;
    }
    const reply = await client.get(path, signal);
    if ('code' in reply) {
      if (reply.code === 'not_found' || reply.code === 'forbidden') becomeKnown();
      if (reply.code !== 'not_found') return failed(reply);
      if (observed?.record.holder === identity) lose();
      observed = null;
      return (await write(null, askedAt, signal))?.retryAfterMs ?? 0;
    }
    said = null;
    const seen = observe(reply.object);
    const { holder, durationMs } = seen.record;
    const isOthers = holder !== '' && holder !== identity;
    if (isOthers && clock.now() < seen.atMs + durationMs) return 0;
    return (await write(seen, askedAt, signal))?.retryAfterMs ?? 0;
  }

  /** Makes the Lease ours, or renews it. Null if it is ours now. */
  async function write(
    from: Observed | null,
    askedAt: number,
    signal: AbortSignal,
  ): Promise<ApiFailure | null> {
    const now = microsText(clock.date());
    const isOurs = from?.record.holder === identity;
    const record = {
      ...{ holder: identity, durationMs: DURATION_MS, renewTime: now },
      acquireTime: isOurs ? from.record.acquireTime : now,
      transitions: from === null ? 0 : from.record.transitions + (isOurs ? 0 : 1),
    };
    const reply = await client.send(writeOf(from?.object ?? null, record), signal);
    if ('code' in reply) {
      // Another instance was faster: no fault.
      if (reply.code !== 'conflict' && reply.code !== 'exists') failed(reply);
      return reply;
    }
    said = null;
    if (observe(reply.object).record.holder === identity) hold(askedAt);
    return null;
  }

  function writeOf(object: unknown, record: LeaseRecord) {
    const spec = formatLeaseRecord(record);
    const own = parts.annotations?.() ?? {};
    if (object === null) {
      const body = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace, annotations: own },
        spec,
      };
      return { verb: 'create' as const, path: leasePath(namespace), body };
    }
    // What others added to the Lease stays; its version makes the write fail if it has changed.
    const { metadata, spec: before, ...rest } = objectOf(object);
    return {
      verb: 'update' as const,
      path,
      body: {
        ...rest,
        metadata: {
          ...objectOf(metadata),
          annotations: { ...objectOf(objectOf(metadata).annotations), ...own },
        },
        spec: { ...objectOf(before), ...spec },
      },
    };
  }

  function failed(failure: ApiFailure): number {
    if (failure.code === 'stopped') return 0;
    // What lasts is said once; and that no connection can be made, by the watches.
    if (failure.gated || failure.code === said) return failure.retryAfterMs;
    said = failure.code;
    const message = `the Lease ${namespace}/${name} cannot be used (${failure.code}: ${failure.message})`;
    remark({ level: 'warn', code: `lease_${failure.code}`, message });
    return failure.retryAfterMs;
  }

  async function run(): Promise<void> {
    while (!abort.signal.aborted) {
      const askedMs = await attempt();
      const waitMs = isLeader() ? RETRY_MS : RETRY_MS * (1 + JITTER * random());
      await pause(Math.max(waitMs, askedMs), clock, abort.signal);
    }
  }

  async function release(): Promise<void> {
    const late = new AbortController();
    const cancel = clock.after(RELEASE_MS, () => late.abort());
    const now = microsText(clock.date());
    let from: unknown = observed?.object;
    // A renewal that was cancelled may have been carried out: then the version is another one.
    for (let tried = 0; tried < 2; tried++) {
      const record = readLeaseRecord(from, DURATION_MS);
      if (record.holder !== identity) break;
      const free = { ...record, holder: '', durationMs: 1000, acquireTime: now, renewTime: now };
      const reply = await client.send(writeOf(from, free), late.signal);
      if (!('code' in reply) || reply.code !== 'conflict') break;
      const read = await client.get(path, late.signal);
      if ('code' in read) break;
      from = read.object;
    }
    cancel();
  }

  return {
    get isLeader() {
      return isLeader();
    },
    get object() {
      return isKnown ? (observed?.object ?? null) : undefined;
    },
    start() {
      running = run();
    },
    async stop() {
      const wasHeld = isLeader();
      abort.abort();
      cancelDeadline();
      // Whoever writes has stopped before another instance may begin.
      tell();
      await running;
      if (wasHeld) await release();
    },
  };
}
