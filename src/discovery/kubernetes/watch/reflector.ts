import { createBackoff, pause } from '../../backoff.ts';
import type { DiscoveryClock } from '../../discovery-clock.ts';
import type { KubernetesClient } from '../api-client.ts';
import { type ApiFailure, failure } from '../failure.ts';
import { afterWatch, isLongAway, SHORT_MS } from './after-watch.ts';
import { createPace } from './pace.ts';
import { type Changed, createResourceStore, type Read } from './resource-store.ts';
import { parseWatchEvent, versionOf } from './watch-event.ts';

export interface ReflectorOptions<T> {
  readonly client: KubernetesClient;
  /** `/api/v1/namespaces/shop/services`. */
  readonly path: string;
  /** Which objects of it, as the query has it: `labelSelector`, `fieldSelector`. */
  readonly selector: { readonly [name: string]: string };
  /** Reads an object; null where it is none of ours, which is as if it were not there. */
  readonly read: (object: unknown) => Read<T> | null;
  readonly listener: ReflectorListener;
  readonly clock: DiscoveryClock;
  readonly random: () => number;
}

export interface ReflectorListener {
  /** It was listed for the first time, with whatever there is. */
  synced(): void;
  /** The values of these Services are others. */
  changed(services: Changed): void;
  /** A list, an event or a bookmark came. */
  alive(): void;
  /** A watch broke off that had worked: it is opened again at once. */
  broke(failure: ApiFailure): void;
  /** What failed is tried again, after a while. */
  failed(failure: ApiFailure): void;
  /** A watch works. */
  works(): void;
}

/** The objects of one list of the API, kept as they are now. What was known last stays while the API is away (W9). */
export interface Reflector<T> {
  /** It was listed once. */
  readonly synced: boolean;
  of(service: string): Iterable<T>;
  start(): void;
  stop(): Promise<void>;
}

/** What to ask for next, and from which version. */
interface Step {
  readonly verb: 'list' | 'watch';
  readonly version: string;
}

/** A watch as it went. */
interface Watch {
  readonly version: string;
  readonly events: number;
  readonly askedAt: number;
  readonly openedAt: number | null;
  readonly wasAway: boolean;
}

/** W7. */
const BACKOFF = { firstMs: 800, mostMs: 30_000, resetMs: 120_000 };
/** W2, in seconds: all watches of an edge must not end at once. */
const WATCH_FOR = { least: 300, spread: 300 };
/** W1: any version will do, from the server's memory. */
const ANY_VERSION = '0';
/** A version that is read from the store itself, and so the newest. */
const NEWEST = '';
/**
 * Characters of events that are taken between two lists. What was created and not removed is kept, and it need not exist:
 * a list says what does, and is bounded itself.
 */
const MAX_TAKEN_CHARS = 32 * 1024 * 1024;
/** A watch in vain so often is no bad luck: what we believe to have seen is asked for anew (W5). */
const MAX_VAIN = 2;

export function createReflector<T>(options: ReflectorOptions<T>): Reflector<T> {
  const { client, path, selector, listener, clock, random } = options;
  const abort = new AbortController();
  const { signal } = abort;
  const backoff = createBackoff(BACKOFF, clock, random);
  const pace = createPace(clock);
  const store = createResourceStore(options.read);
  let synced = false;
  let listedAt = Number.NEGATIVE_INFINITY;
  /** When a list was taken, or a watch that worked has ended. */
  let goodAt = clock.now();
  /** Watches in a row that were silent, or broke off at a line that is none. */
  let vain = 0;
  let takenChars = 0;
  let running = Promise.resolve();

  async function run(): Promise<void> {
    let step: Step = { verb: 'list', version: ANY_VERSION };
    while (!signal.aborted)
      step = step.verb === 'list' ? await list(step.version) : await watch(step.version);
  }

  async function list(version: string): Promise<Step> {
    const query = { ...selector, ...(version === NEWEST ? {} : { resourceVersion: version }) };
    const reply = await client.list(`${path}?${new URLSearchParams(query)}`, signal);
    const known = 'object' in reply ? take(reply.object) : reply;
    if (typeof known === 'string') return { verb: 'watch', version: known };
    const isBehind = known.code === 'expired' || known.code === 'version_too_large';
    if (isBehind && version !== NEWEST) return { verb: 'list', version: NEWEST };
    await fail(known);
    return { verb: 'list', version };
  }

  /** The version of the list that was taken, or why it was not. */
  function take(object: unknown): string | ApiFailure {
    const version = versionOf(object);
    const changed = version === null ? null : store.replace(object);
    if (version === null || changed === null) return failure('bad_answer', 'what came is no list');
    const isFirst = !synced;
    synced = true;
    listedAt = goodAt = clock.now();
    takenChars = 0;
    listener.alive();
    if (isFirst) listener.synced();
    else if (changed.size > 0) listener.changed(changed);
    return version;
  }

  async function watch(from: string): Promise<Step> {
    const waitMs = pace.take();
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
      `${path}?${all}`,
      {
        opened() {
          seen.openedAt = clock.now();
          cancel = clock.after(SHORT_MS, work);
        },
        line(text) {
          const event = parseWatchEvent(text);
          if (event === null) seen.told = failure('bad_answer', 'a line of the watch is no event');
          else if (event.type === 'error') seen.told = event.failure;
          if (event === null || event.type === 'error') return false;
          if (seen.events++ === 0) work();
          vain = 0;
          seen.version = event.type === 'bookmark' ? event.version : event.key.version;
          listener.alive();
          const changed = event.type === 'bookmark' ? null : store.apply(event);
          if (changed !== null && changed.size > 0) listener.changed(changed);
          takenChars += text.length;
          return takenChars <= MAX_TAKEN_CHARS;
        },
      },
      signal,
    );
    cancel();
    if (takenChars > MAX_TAKEN_CHARS) return { verb: 'list', version: seen.version };
    return next(ended ?? seen.told, { ...seen, askedAt, wasAway: client.outages !== outages });
  }

  /** What follows a watch that has ended. */
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
    if (failed?.code === 'silent' || failed?.code === 'bad_answer') vain++;
    const verb = vain >= MAX_VAIN ? 'list' : verdict.verb;
    if (verb === 'list') vain = 0;
    if (failed === null) return { verb, version };
    if (verdict.report === 'broke') listener.broke(failed);
    // A server that calls each version expired as soon as it was listed is not asked without rest.
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
