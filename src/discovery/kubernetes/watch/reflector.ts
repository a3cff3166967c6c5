import { createBackoff, createPace, pause } from '../../backoff.ts';
import type { DiscoveryClock } from '../../discovery-clock.ts';
import type { KubernetesClient } from '../api-client.ts';
import { type ApiFailure, failure } from '../failure.ts';
import { afterWatch, isLongAway, SHORT_MS } from './after-watch.ts';
import { createObjectList, NEWEST } from './object-list.ts';
import { type Changed, createResourceStore, type Read } from './resource-store.ts';
import { parseWatchEvent } from './watch-event.ts';

export interface ReflectorOptions<T> {
  readonly client: KubernetesClient;
  /** `/api/v1/namespaces/shop/services`; several if the API has these objects in versions, the best one first. */
  readonly path: string | readonly string[];
  /** Query parameters that select objects: `labelSelector`, `fieldSelector`. */
  readonly selector: { readonly [name: string]: string };
  /** Reads an object; null if it is not wanted, which counts as if it did not exist. */
  readonly read: (object: unknown) => Read<T> | null;
  /** Objects a page of a list; by default a list has one page. */
  readonly pageSize?: number;
  /** The API may lack the kind. It is then empty and synced, and looked for again every minute. */
  readonly mayBeAbsent?: boolean;
  readonly listener: ReflectorListener;
  readonly clock: DiscoveryClock;
  readonly random: () => number;
}

export interface ReflectorListener {
  /** The first list has been applied, which has these Services; it may be empty. */
  synced(services: Changed): void;
  /** The values of these Services have changed. */
  changed(services: Changed): void;
  /** A list, an event or a bookmark was received. */
  alive(): void;
  /** A watch that had worked was interrupted; it is opened again at once. */
  broke(failure: ApiFailure): void;
  /** A list or a watch failed; it is repeated after a backoff. */
  failed(failure: ApiFailure): void;
  /** A watch works. */
  works(): void;
  /** The API lacks the kind, or has it now. */
  absent?(isAbsent: boolean): void;
}

/**
 * A copy of one list of the API, kept up to date: one list, then watches from its version (client-go calls this a
 * reflector). While the API is unavailable, the last state is kept (W9).
 *
 *     list ──ok──▶ watch ──▶ afterWatch: the verdict ─┬─ watch again, from the last version
 *      ▲ ▲─backoff──┘                                 └─ list again, at the last version, or at the newest if that has expired
 *      └──────────────────────────────────────────────┘
 */
export interface Reflector<T> {
  /** The first list has been applied. */
  readonly synced: boolean;
  /** The path at which the API has these objects; null: not listed yet, or the API lacks the kind. */
  readonly path: string | null;
  /** All objects, by `namespace/name`. */
  readonly values: ReadonlyMap<string, T>;
  of(service: string): Iterable<T>;
  start(): void;
  stop(): Promise<void>;
}

/** The next request, and its version. */
interface Step {
  readonly verb: 'list' | 'watch';
  readonly version: string;
}

/** What is known of a watch at its end. */
interface Watch {
  readonly version: string;
  readonly events: number;
  readonly askedAt: number;
  readonly openedAt: number | null;
  readonly wasAway: boolean;
}

/** W7. */
const BACKOFF = { firstMs: 800, mostMs: 30_000, resetMs: 120_000 };
/** W2, in seconds. Random, so that the watches of an edge do not all end at the same time. */
const WATCH_FOR = { least: 300, spread: 300 };
/** W1: any version, from the memory of the server. */
const ANY_VERSION = '0';
/** How often an absent kind is looked for. */
const ABSENT_MS = 60_000;
/**
 * Limit for the characters of events between two lists. A faulty server could report ever new objects, which would all
 * be kept; a list is bounded and drops those that do not exist.
 */
const MAX_EVENT_CHARS = 32 * 1024 * 1024;
/** After this many useless watches in a row, the last version seen is suspect, and a list is requested (W5). */
const MAX_USELESS = 2;

export function createReflector<T>(options: ReflectorOptions<T>): Reflector<T> {
  const { client, path, selector, listener, clock, random, pageSize = null, mayBeAbsent = false } = options;
  const abort = new AbortController();
  const { signal } = abort;
  const backoff = createBackoff(BACKOFF, clock, random);
  const pace = createPace(clock);
  const store = createResourceStore(options.read);
  const objects = createObjectList({
    ...{ client, selector, pageSize, mayBeAbsent, store, clock },
    paths: typeof path === 'string' ? [path] : path,
  });
  let synced = false;
  let isAbsent = false;
  let listedAt = Number.NEGATIVE_INFINITY;
  /** When a list was last applied or an opened watch last ended. */
  let goodAt = clock.now();
  /** Watches in a row that were silent or ended at an invalid line. */
  let useless = 0;
  let eventChars = 0;
  let running = Promise.resolve();

  async function run(): Promise<void> {
    let step: Step = { verb: 'list', version: ANY_VERSION };
    while (!signal.aborted)
      step = step.verb === 'list' ? await list(step.version) : await watch(step.version);
  }

  async function list(version: string): Promise<Step> {
    const known = await objects.list(version, signal);
    if (!('code' in known)) return applied(known.version, known.changed);
    const isBehind = known.code === 'expired' || known.code === 'version_too_large';
    if (isBehind && version !== NEWEST) return { verb: 'list', version: NEWEST };
    await fail(known);
    return { verb: 'list', version };
  }

  /** A list has been applied, at this version; null: the API lacks the kind. */
  async function applied(version: string | null, changed: Changed): Promise<Step> {
    const isFirst = !synced;
    const wasAbsent = isAbsent;
    synced = true;
    isAbsent = version === null;
    listedAt = goodAt = clock.now();
    eventChars = 0;
    listener.alive();
    if (isFirst) listener.synced(changed);
    else if (changed.size > 0) listener.changed(changed);
    if (isAbsent !== wasAbsent) listener.absent?.(isAbsent);
    if (version !== null) return { verb: 'watch', version };
    listener.works();
    backoff.reset();
    await pause(ABSENT_MS, clock, signal);
    return { verb: 'list', version: ANY_VERSION };
  }

  async function watch(from: string): Promise<Step> {
    const waitMs = pace.reserve();
    if (waitMs > 0) await pause(Math.max(waitMs, backoff.next()), clock, signal);
    const seconds = WATCH_FOR.least + Math.floor(random() * (WATCH_FOR.spread + 1));
    const query = { ...selector, watch: '1', allowWatchBookmarks: 'true', resourceVersion: from };
    const all = new URLSearchParams({ ...query, timeoutSeconds: `${seconds}` });
    const { outages } = client;
    const askedAt = clock.now();
    const seen = {
      version: from,
      events: 0,
      openedAt: null as number | null,
      told: null as ApiFailure | null,
    };
    let cancel = () => {};
    const work = () => {
      cancel();
      if (seen.openedAt === null) return;
      backoff.reset();
      listener.works();
    };
    const ended = await client.watch(
      `${objects.path}?${all}`,
      {
        opened() {
          seen.openedAt = clock.now();
          cancel = clock.after(SHORT_MS, work);
        },
        line(text) {
          const event = parseWatchEvent(text);
          if (event === null) seen.told = failure('bad_answer', 'a line of the watch is not an event');
          else if (event.type === 'error') seen.told = event.failure;
          if (event === null || event.type === 'error') return false;
          if (seen.events++ === 0) work();
          useless = 0;
          seen.version = event.type === 'bookmark' ? event.version : event.key.version;
          listener.alive();
          const changed = event.type === 'bookmark' ? null : store.apply(event);
          if (changed !== null && changed.size > 0) listener.changed(changed);
          eventChars += text.length;
          return eventChars <= MAX_EVENT_CHARS;
        },
      },
      signal,
    );
    cancel();
    if (eventChars > MAX_EVENT_CHARS) return { verb: 'list', version: seen.version };
    return next(ended ?? seen.told, { ...seen, askedAt, wasAway: client.outages !== outages });
  }

  /** Reports the end of a watch and returns the next step. */
  async function next(
    ended: ApiFailure | null,
    { version, events, askedAt, openedAt, wasAway }: Watch,
  ): Promise<Step> {
    if (signal.aborted) return { verb: 'watch', version };
    const now = clock.now();
    const isOpened = openedAt !== null;
    const openMs = isOpened ? now - openedAt : 0;
    const askedMs = now - askedAt;
    const verdict = afterWatch({ failure: ended, isOpened, openMs, askedMs, events, wasAway });
    if (isOpened) goodAt = now;
    const failed = verdict.failure;
    if (failed?.code === 'silent' || failed?.code === 'bad_answer') useless++;
    // A list also tells whether a better version of the API is served by now.
    const verb = useless >= MAX_USELESS || objects.isFallback ? 'list' : verdict.verb;
    if (verb === 'list') useless = 0;
    if (failed === null) return { verb, version };
    // Whether the API still has the kind is for the list to find out.
    if (failed.code === 'not_found' && mayBeAbsent) return { verb: 'list', version };
    if (verdict.report === 'broke') listener.broke(failed);
    // A server that reports every version as expired right after the list must not be queried in a busy loop.
    const isAgain = verdict.report === 'nothing' && now - listedAt < SHORT_MS;
    if (verdict.report === 'failed' || isAgain) await fail(failed);
    return { verb: isLongAway(failed, clock.now() - goodAt) ? 'list' : verb, version };
  }

  async function fail(failed: ApiFailure): Promise<void> {
    if (signal.aborted) return;
    listener.failed(failed);
    if (!failed.gated) await pause(backoff.next(failed.retryAfterMs), clock, signal);
  }

  return {
    get synced() {
      return synced;
    },
    get path() {
      return synced && !isAbsent ? objects.path : null;
    },
    values: store.values,
    of: (service) => store.of(service),
    start() {
      running = run();
    },
    async stop() {
      abort.abort();
      await running;
    },
  };
}
