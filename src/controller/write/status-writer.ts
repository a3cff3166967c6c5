import type { DiscoveryClock } from '../../discovery/discovery-clock.ts';
import type { ApiWrite, KubernetesClient } from '../../discovery/kubernetes/api-client.ts';
import type { ApiFailure } from '../../discovery/kubernetes/failure.ts';
import type { SourceRemark } from '../../endpoints/endpoint-source.ts';
import type { ClusterObjects, ServiceObject } from '../objects/cluster-objects.ts';
import { objectKey, objectLabel, objectPath } from '../objects/object-path.ts';
import type { EventWish, StatusWish } from '../translate/translation.ts';
import { type Contest, createContest } from './contest.ts';
import { observedOf } from './read-observed.ts';
import { ingressPatch, type ObservedObject, statusPatch } from './status-patch.ts';
import { createWriteQueue, type WriteOutcome } from './write-queue.ts';

/** Label `result` of herald_gateway_status_writes_total. */
export type StatusWriteResult = 'written' | 'conflict' | 'throttled' | 'forbidden' | 'gone' | 'failed';

export interface StatusWriterParts {
  readonly client: Pick<KubernetesClient, 'get' | 'send'>;
  readonly fieldManager: string;
  readonly controllerName: string;
  readonly clock: DiscoveryClock;
  readonly random: () => number;
  readonly isLeader: () => boolean;
  /** Reads an object of this kind of wish; null if it cannot be read. */
  readonly read: (of: StatusWish['of'], value: unknown) => ObservedObject | null;
  readonly counted: (result: StatusWriteResult) => void;
  /** `keepsIpMode` or `contested` is another than before. */
  readonly changed: () => void;
  readonly remark: (remark: SourceRemark) => void;
}

export interface StatusWriter {
  /** The statuses that all objects should have, and the objects as they are. */
  want(statuses: readonly StatusWish[], observed: ClusterObjects): void;
  /** `isLeader` has changed. Writes under way are cancelled if it is false now. */
  leadershipChanged(): void;
  stop(): void;
  /** Whether the API keeps `ipMode` (G5); null: not tried yet. */
  readonly keepsIpMode: boolean | null;
  /** `StatusContested` for each object that another controller keeps rewriting. */
  readonly contested: readonly EventWish[];
}

interface Entry {
  wish: StatusWish;
  /** As the watch last gave it. */
  observed: ObservedObject;
  /** As the API last answered, while the watch still gives the version from before it. */
  answered: { readonly object: ObservedObject; readonly before: string } | null;
  /** The version that our last write of this wish made; null: it has not been written, or was found changed since. */
  writtenVersion: string | null;
  conflicts: number;
  readonly contest: Contest;
}

const PER_SECOND = 10;
const CONTESTED =
  'another controller keeps changing this status back, so Herald writes it less often; only one of them should be responsible for it';
/** How long others wait for the answer that says whether `ipMode` is kept. */
const TRIAL_MS = 200;
/** Conflicts of one object in a row that are followed by another attempt at once. */
const MAX_CONFLICTS = 5;

/**
 * Writes statuses where they differ, while this instance leads (G6): the newest first, ten a second.
 *
 *     want ─▶ entries ─ differs? ─▶ write queue ─▶ statusPatch ─▶ API ─▶ the answer, until the watch has caught up
 *
 * An object whose status somebody else keeps changing back is written ever more rarely (`contest.ts`).
 */
export function createStatusWriter(parts: StatusWriterParts): StatusWriter {
  const { client, clock, random, isLeader, read, counted, changed, remark } = parts;
  const entries = new Map<string, Entry>();
  const queue = createWriteQueue({ clock, random, mayWrite: isLeader, write, perSecond: PER_SECOND });
  let keepsIpMode: boolean | null = null;
  let hasFeatures = true;
  /** A Service is being published to learn whether `ipMode` is kept. */
  let isTrial = false;
  let contested: readonly EventWish[] = [];

  function patchOf(entry: Entry) {
    const object = entry.answered?.object ?? entry.observed;
    const { fieldManager, controllerName } = parts;
    const options = { fieldManager, controllerName, nowMs: clock.date(), hasFeatures };
    // A wish that was made before the answer was known.
    const isUnsafe = keepsIpMode === false && needsIpMode(entry.wish);
    const wish = isUnsafe ? { ...entry.wish, ingress: [] } : entry.wish;
    return object.uid === wish.ref.uid ? statusPatch(object, wish, options) : null;
  }

  function want(key: string, wish: StatusWish, observed: ObservedObject): void {
    const entry = entries.get(key);
    if (entry === undefined) {
      const contest = createContest(clock, random);
      const made: Entry = { wish, observed, answered: null, writtenVersion: null, conflicts: 0, contest };
      entries.set(key, made);
      if (patchOf(made) !== null) queue.add(key);
      return;
    }
    if (entry.wish === wish && entry.observed === observed) return;
    const isSame = isSameWish(entry.wish, wish);
    entry.wish = wish;
    entry.observed = observed;
    if (!isSame) entry.writtenVersion = null;
    if (entry.answered !== null && observed.version !== entry.answered.before) entry.answered = null;
    if (patchOf(entry) === null) return;
    const { version } = entry.answered?.object ?? observed;
    // What the API itself makes of this wish is not sent again and again.
    if (version === entry.writtenVersion) return;
    if (entry.writtenVersion !== null) rewritten(entry);
    entry.writtenVersion = null;
    if (!isSame || !queue.has(key)) queue.add(key);
  }

  function rewritten(entry: Entry): void {
    if (!entry.contest.rewritten()) return;
    const message = `another controller keeps changing the status of ${objectLabel(entry.wish.ref)}; it is written less often now`;
    remark({ level: 'warn', code: 'status_contested', message });
    listContested();
  }

  function listContested(): void {
    const on = [...entries.values()].filter(({ contest }) => contest.isOn).map(({ wish }) => wish.ref);
    if (on.length === contested.length && on.every(({ uid }, at) => contested[at]!.ref.uid === uid)) return;
    contested = on.map((ref) => ({ ref, type: 'Warning', reason: 'StatusContested', message: CONTESTED }));
    changed();
  }

  async function write(key: string, signal: AbortSignal): Promise<WriteOutcome> {
    const entry = entries.get(key);
    if (entry === undefined) return 'done';
    const waitMs = entry.contest.waitMs();
    if (waitMs > 0) return { waitMs };
    const wish = entry.wish;
    const patch = patchOf(entry);
    if (patch === null) return 'done';
    if (keepsIpMode !== null || !needsIpMode(wish)) return send(entry, patch, signal);
    if (isTrial) return { waitMs: TRIAL_MS };
    isTrial = true;
    const outcome = await send(entry, patch, signal);
    isTrial = false;
    return outcome;
  }

  async function send(entry: Entry, patch: ApiWrite, signal: AbortSignal): Promise<WriteOutcome> {
    const { wish } = entry;
    const before = entry.observed.version;
    const reply = await client.send(patch, signal);
    if (signal.aborted) return 'done';
    if ('code' in reply) return failed(entry, wish, reply, signal);
    counted('written');
    entry.conflicts = 0;
    const object = read(wish.of, reply.object);
    if (object === null || object.uid !== wish.ref.uid) return 'done';
    const isFirst = entry.observed.version === before;
    entry.answered = isFirst ? { object, before } : null;
    const isWanted = isSameWish(entry.wish, wish);
    entry.writtenVersion = isWanted ? object.version : null;
    if (needsIpMode(wish) && keepsIpMode !== false) {
      const withdrawn = await readBack(entry, object as ServiceObject, signal);
      if (withdrawn !== null) return withdrawn;
    }
    // Another status was wanted meanwhile. Nothing else may come that would have it written.
    if (!isWanted) return patchOf(entry) === null ? 'done' : 'again';
    if (isFirst || entry.observed.version === object.version || patchOf(entry) === null) return 'done';
    // The watch was faster than the answer, and may have told of what somebody wrote after us.
    rewritten(entry);
    return 'again';
  }

  /** G5: where `ipMode` was dropped, the address would lead traffic past Herald, so it is taken back at once. */
  async function readBack(
    entry: Entry,
    written: ServiceObject,
    signal: AbortSignal,
  ): Promise<WriteOutcome | null> {
    const isKept = written.ingress.every(({ ip, ipMode }) => ip === null || ipMode === 'Proxy');
    if (isKept) {
      setKeepsIpMode(true);
      return null;
    }
    setKeepsIpMode(false);
    const reply = await client.send(ingressPatch(entry.wish.ref, []), signal);
    if (signal.aborted) return 'done';
    counted('code' in reply ? resultOf(reply) : 'written');
    if ('code' in reply) return reply;
    const object = read('Service', reply.object);
    if (object !== null) entry.answered = { object, before: entry.observed.version };
    return 'done';
  }

  function setKeepsIpMode(keeps: boolean): void {
    if (keepsIpMode === keeps) return;
    keepsIpMode = keeps;
    // What was published before it was dropped is withdrawn as well.
    if (!keeps) addDue();
    changed();
  }

  function addDue(): void {
    for (const [key, entry] of entries) if (patchOf(entry) !== null) queue.add(key);
  }

  async function failed(
    entry: Entry,
    { of, ref }: StatusWish,
    failure: ApiFailure,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    counted(resultOf(failure));
    if (failure.code === 'not_found') return 'done';
    if (failure.code === 'conflict') return conflicted(entry, { of, ref } as StatusWish, failure, signal);
    if (of === 'GatewayClass' && hasFeatures && failure.message.includes('supportedFeatures')) {
      // The definition of this cluster is older than the field.
      hasFeatures = false;
      return 'again';
    }
    const message = `the status of ${objectLabel(ref)} cannot be written (${failure.code}: ${failure.message})`;
    remark({ level: 'warn', code: `status_${failure.code}`, message });
    return failure;
  }

  /** Somebody has changed the object: it is read, and written again if its status still differs. */
  async function conflicted(
    entry: Entry,
    { of, ref }: StatusWish,
    failure: ApiFailure,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    const before = entry.observed.version;
    const reply = await client.get(objectPath(ref), signal);
    if (signal.aborted) return 'done';
    if ('code' in reply) return reply.code === 'not_found' ? 'done' : reply;
    const object = read(of, reply.object);
    // It was made anew under the same name: the watch will tell.
    if (object === null || object.uid !== ref.uid) return 'done';
    entry.answered = entry.observed.version === before ? { object, before } : null;
    return ++entry.conflicts > MAX_CONFLICTS ? failure : 'again';
  }

  return {
    want(statuses, observed) {
      const seen = new Set<string>();
      for (const wish of statuses) {
        const object = observedOf(wish, observed);
        if (object === undefined) continue;
        const key = objectKey(wish.ref);
        seen.add(key);
        want(key, wish, object);
      }
      for (const key of entries.keys()) {
        if (seen.has(key)) continue;
        entries.delete(key);
        queue.drop(key);
      }
      listContested();
    },
    leadershipChanged() {
      // The next leader, or this one again, may meet another API server.
      if (!isLeader()) {
        keepsIpMode = null;
        for (const entry of entries.values()) entry.answered = null;
      } else addDue();
      queue.changed();
    },
    stop: () => queue.stop(),
    get keepsIpMode() {
      return keepsIpMode;
    },
    get contested() {
      return contested;
    },
  };
}

function isSameWish(one: StatusWish, other: StatusWish): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** It publishes an address that leads past Herald unless `ipMode` is kept. */
function needsIpMode(wish: StatusWish): boolean {
  return wish.of === 'Service' && wish.ingress.some(({ ipMode }) => ipMode !== undefined);
}

function resultOf({ code }: ApiFailure): StatusWriteResult {
  if (code === 'conflict' || code === 'throttled' || code === 'forbidden') return code;
  return code === 'not_found' ? 'gone' : 'failed';
}
