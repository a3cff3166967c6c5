import { createBackoff, pause } from '../backoff.ts';
import type { Clock } from '../clock.ts';
import type { KubernetesClient } from './client.ts';
import { type Failure, failure } from './failure.ts';
import { createResourceStore } from './resource-store.ts';
import { parseWatchEvent, versionOf } from './watch-event.ts';

export interface ResourceWatchOptions<T> {
  readonly client: KubernetesClient;
  /** `/api/v1/namespaces/shop/services`. */
  readonly path: string;
  /** Which objects of it, as the query has it: `labelSelector`, `fieldSelector`. */
  readonly selector: { readonly [name: string]: string };
  /** Reads an object; null where it is none of ours, which is as if it were not there. */
  readonly read: (object: unknown) => T | null;
  readonly listener: ResourceListener;
  readonly clock: Clock;
  readonly random: () => number;
}

export interface ResourceListener {
  /** The values are others, or they are known for the first time. */
  changed(): void;
  /** A list, an event or a bookmark came. */
  alive(): void;
  /** What failed is tried again. */
  failed(failure: Failure): void;
}

/** The objects of one list of the API, kept as they are now. What was known last stays while the API is away (W9). */
export interface ResourceWatch<T> {
  /** It was listed once. */
  readonly synced: boolean;
  values(): Iterable<T>;
  start(): void;
  stop(): Promise<void>;
}

/** What to ask for next, and from which version. */
interface Step {
  readonly verb: 'list' | 'watch';
  readonly version: string;
}

/** W7. */
const BACKOFF = { firstMs: 800, mostMs: 30_000, resetMs: 120_000 };
const VERY_SHORT_MS = 1000;
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

export function createResourceWatch<T>(options: ResourceWatchOptions<T>): ResourceWatch<T> {
  const { client, path, selector, listener, clock, random } = options;
  const abort = new AbortController();
  const { signal } = abort;
  const backoff = createBackoff(BACKOFF, clock, random);
  const store = createResourceStore(options.read);
  let synced = false;
  let listedAt = Number.NEGATIVE_INFINITY;
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
    await rest(known);
    return { verb: 'list', version };
  }

  /** The version of the list that was taken, or why it was not. */
  function take(object: unknown): string | Failure {
    const version = versionOf(object);
    const hasChanged = version === null ? null : store.replace(object);
    if (version === null || hasChanged === null) return failure('bad_answer', 'what came is no list');
    const isFirst = !synced;
    synced = true;
    listedAt = clock.now();
    takenChars = 0;
    listener.alive();
    if (hasChanged || isFirst) listener.changed();
    return version;
  }

  async function watch(from: string): Promise<Step> {
    const startedAt = clock.now();
    let version = from;
    let events = 0;
    let told: Failure | null = null;
    const line = (text: string): boolean => {
      const event = parseWatchEvent(text);
      if (event === null) told = failure('bad_answer', 'a line of the watch is no event');
      else if (event.type === 'error') told = event.failure;
      if (event === null || event.type === 'error') return false;
      events++;
      vain = 0;
      version = event.type === 'bookmark' ? event.version : event.key.version;
      listener.alive();
      if (event.type !== 'bookmark' && store.apply(event)) listener.changed();
      takenChars += text.length;
      return takenChars <= MAX_TAKEN_CHARS;
    };
    const seconds = WATCH_FOR.least + Math.floor(random() * (WATCH_FOR.spread + 1));
    const query = { ...selector, watch: '1', allowWatchBookmarks: 'true', resourceVersion: from };
    const all = new URLSearchParams({ ...query, timeoutSeconds: `${seconds}` });
    const ended = (await client.watch(`${path}?${all}`, line, signal)) ?? told;
    if (signal.aborted) return { verb: 'watch', version };
    if (takenChars > MAX_TAKEN_CHARS) return { verb: 'list', version };
    return next(ended, version, clock.now() - startedAt, events);
  }

  /** What follows a watch that has ended. */
  async function next(ended: Failure | null, version: string, ms: number, events: number): Promise<Step> {
    if (ended === null) {
      if (ms < VERY_SHORT_MS && events === 0)
        await rest(failure('short_watch', 'a watch ended at once with nothing in it'));
      // One that said something and then ended is no failure, but must not become a loop without rest.
      else if (ms < VERY_SHORT_MS) await pause(VERY_SHORT_MS - ms, clock, signal);
      return { verb: 'watch', version };
    }
    if (ended.code === 'expired' || ended.code === 'version_too_large') {
      // At once: we know to be out of date. A server that says so of each list gets no second one at once.
      if (clock.now() - listedAt < VERY_SHORT_MS) await rest(ended);
      return { verb: 'list', version };
    }
    if (ended.code === 'silent' || ended.code === 'bad_answer') vain++;
    // A path that went dead says nothing of the server: it is asked at once, on another connection.
    if (ended.code === 'silent') listener.failed(ended);
    else await rest(ended);
    if (vain < MAX_VAIN) return { verb: 'watch', version };
    vain = 0;
    return { verb: 'list', version };
  }

  async function rest(failed: Failure): Promise<void> {
    if (signal.aborted) return;
    listener.failed(failed);
    await pause(backoff.next(failed.retryAfterMs), clock, signal);
  }

  return {
    get synced() {
      return synced;
    },
    values: () => store.values(),
    start() {
      running = run();
    },
    async stop() {
      abort.abort();
      await running;
    },
  };
}
