import { createHash } from 'node:crypto';
import type { DiscoveryClock } from '../../discovery/discovery-clock.ts';
import type { KubernetesClient } from '../../discovery/kubernetes/api-client.ts';
import type { FailureCode } from '../../discovery/kubernetes/failure.ts';
import type { SourceRemark } from '../../endpoints/endpoint-source.ts';
import { objectKey } from '../objects/object-path.ts';
import type { EventWish } from '../translate/translation.ts';
import { secondsText } from './status-patch.ts';
import { createWriteQueue, type WriteOutcome } from './write-queue.ts';

export interface EventWriterParts {
  readonly client: Pick<KubernetesClient, 'send'>;
  /** `herald-gateway`: who reports. */
  readonly component: string;
  /** The instance that reports: its pod. */
  readonly instance: string;
  readonly node: string | null;
  readonly clock: DiscoveryClock;
  readonly random: () => number;
  readonly isLeader: () => boolean;
  readonly remark: (remark: SourceRemark) => void;
}

export interface EventWriter {
  /** All Events that hold now. */
  want(events: readonly EventWish[]): void;
  /** `isLeader` has changed. */
  leadershipChanged(): void;
  stop(): void;
}

interface Standing {
  event: EventWish;
  stands: boolean;
  /** When it was last written, by our clock; never: -infinity. */
  writtenAt: number;
  failures: number;
}

/** What only this instance knows is written by it, and everything else by the leader. */
const OWN_REASONS: readonly string[] = ['PortUnavailable', 'NodeCannotPresent'];
const REPEAT_MS = 3_600_000;
/** Events that are remembered; of more than these, the others are not written. */
const MAX_REMEMBERED = 10_000;
const PER_SECOND = 5;
/** Whoever writes an object chooses how many mistakes it has, and can change them each second. */
const MAX_OF_OBJECT = 32;
/** A failure of the Event itself will not go away. */
const GIVEN_UP: readonly FailureCode[] = ['not_found', 'invalid', 'rejected', 'exists'];
/** One of rights, or of what is in front of the API, may. All others are of the server, which will be back. */
const GIVEN_UP_LATER: readonly FailureCode[] = ['forbidden', 'conflict', 'expired', 'bad_answer'];
const MAX_FAILURES = 3;
/** The API refuses longer ones. */
const MAX_MESSAGE = 1024;
const MAX_NAME = 253;

/**
 * Writes Events of core/v1: one for each object, reason and message, repeated once an hour while it holds. One that ceases and
 * comes back within the hour is not repeated, so that a flapping object does not fill the cluster's storage; and an object has
 * at most 32 in an hour.
 */
export function createEventWriter(parts: EventWriterParts): EventWriter {
  const { client, clock, random, isLeader, remark } = parts;
  const known = new Map<string, Standing>();
  /** How many of them each object has; one that is made anew has those of the former. */
  const counts = new Map<string, number>();
  const queue = createWriteQueue({ clock, random, mayWrite: () => true, write, perSecond: PER_SECOND });
  let cancel = () => {};
  let wakesAt = Number.POSITIVE_INFINITY;

  const countOf = ({ ref }: EventWish) => counts.get(objectKey(ref)) ?? 0;
  const mayWrite = ({ reason }: EventWish) => OWN_REASONS.includes(reason) || isLeader();

  async function write(key: string, signal: AbortSignal): Promise<WriteOutcome> {
    const standing = known.get(key);
    if (standing === undefined || !isDue(standing)) return 'done';
    const { event } = standing;
    const reply = await client.send(creationOf(event), signal);
    if (signal.aborted) return 'done';
    if (!('code' in reply)) {
      said(standing);
      return 'done';
    }
    const isGivenUp =
      GIVEN_UP.includes(reply.code) ||
      (GIVEN_UP_LATER.includes(reply.code) && ++standing.failures >= MAX_FAILURES);
    if (reply.code !== 'exists') {
      const message = `an Event ${event.reason} cannot be written (${reply.code}: ${reply.message})`;
      remark({ level: 'debug', code: `event_${reply.code}`, message });
    }
    if (!isGivenUp) return reply;
    // In an hour it may be another matter: a namespace that was being deleted is there again.
    said(standing);
    return 'done';
  }

  function said(standing: Standing): void {
    standing.writtenAt = clock.now();
    standing.failures = 0;
    wakeAt(standing.writtenAt + REPEAT_MS);
  }

  function isDue({ event, stands, writtenAt }: Standing): boolean {
    return stands && mayWrite(event) && clock.now() >= writtenAt + REPEAT_MS;
  }

  function wakeAt(at: number): void {
    if (at >= wakesAt) return;
    cancel();
    wakesAt = at;
    cancel = clock.after(at - clock.now(), () => {
      wakesAt = Number.POSITIVE_INFINITY;
      addDue();
    });
  }

  function addDue(): void {
    const now = clock.now();
    for (const [key, standing] of known) {
      if (isDue(standing)) queue.add(key);
      else if (standing.stands && mayWrite(standing.event)) wakeAt(standing.writtenAt + REPEAT_MS);
      // It has ceased, and would be written anew if it came back.
      else if (!standing.stands && now >= standing.writtenAt + REPEAT_MS) forget(key);
    }
  }

  function remember(key: string, event: EventWish): void {
    known.set(key, { event, stands: true, writtenAt: Number.NEGATIVE_INFINITY, failures: 0 });
    counts.set(objectKey(event.ref), countOf(event) + 1);
  }

  function forget(key: string): void {
    const { event } = known.get(key)!;
    const left = countOf(event) - 1;
    if (left === 0) counts.delete(objectKey(event.ref));
    else counts.set(objectKey(event.ref), left);
    known.delete(key);
    queue.drop(key);
  }

  function creationOf(event: EventWish) {
    const { ref, type, reason } = event;
    const namespace = ref.namespace === '' ? 'default' : ref.namespace;
    const now = clock.date();
    const at = secondsText(now);
    const { component, instance, node } = parts;
    const digest = createHash('sha256')
      .update(`${instance} ${now} ${keyOf(event)}`)
      .digest('hex');
    const ending = `.${digest.slice(0, 16)}`;
    return {
      verb: 'create' as const,
      path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`,
      body: {
        apiVersion: 'v1',
        kind: 'Event',
        // What is left of a name that was cut must not end in the middle of a word's separator.
        metadata: {
          name: `${ref.name.slice(0, MAX_NAME - ending.length).replace(/[-.]+$/, '')}${ending}`,
          namespace,
        },
        involvedObject: { ...ref, namespace: ref.namespace === '' ? undefined : ref.namespace },
        ...{ type, reason, message: cut(event.message), count: 1, firstTimestamp: at, lastTimestamp: at },
        source: { component, ...(node === null ? {} : { host: node }) },
        ...{ reportingComponent: component, reportingInstance: instance },
      },
    };
  }

  return {
    want(events) {
      const standing = new Map(events.map((event) => [keyOf(event), event]));
      for (const [key, each] of known) {
        if (!standing.has(key)) each.stands = false;
      }
      for (const [key, event] of standing) {
        const before = known.get(key);
        if (before !== undefined) Object.assign(before, { event, stands: true });
        else if (countOf(event) < MAX_OF_OBJECT && makeRoom()) remember(key, event);
      }
      addDue();
    },
    leadershipChanged: addDue,
    stop() {
      queue.stop();
      cancel();
    },
  };

  /** Forgets the oldest that does not hold any more. False if all of them do. */
  function makeRoom(): boolean {
    if (known.size < MAX_REMEMBERED) return true;
    for (const [key, { stands }] of known) {
      if (stands) continue;
      forget(key);
      return true;
    }
    return false;
  }
}

const keys = new WeakMap<EventWish, string>();

/** Most Events stay the same object for as long as they hold. */
function keyOf(event: EventWish): string {
  const known = keys.get(event);
  if (known !== undefined) return known;
  const { ref, reason, message } = event;
  const key = JSON.stringify([ref.uid, ref.kind, ref.namespace, ref.name, reason, message]);
  keys.set(event, key);
  return key;
}

/** The API counts bytes. */
function cut(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= MAX_MESSAGE) return message;
  return `${bytes
    .subarray(0, MAX_MESSAGE - 6)
    .toString('utf8')
    .replace(/\ufffd$/, '')}…`;
}
