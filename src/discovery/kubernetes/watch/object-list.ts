import { pause } from '../../backoff.ts';
import type { DiscoveryClock } from '../../discovery-clock.ts';
import type { KubernetesClient } from '../api-client.ts';
import { type ApiFailure, failure } from '../failure.ts';
import { objectOf, textOf } from '../json.ts';
import type { Changed, ResourceStore } from './resource-store.ts';
import { versionOf } from './watch-event.ts';

// One list of the API: in pages if it is asked for, in the best version of the API that is served, and what it means that
// none is.

export interface ObjectListParts<T> {
  readonly client: KubernetesClient;
  /** The same objects in versions of the API, the best one first. */
  readonly paths: readonly string[];
  readonly selector: { readonly [name: string]: string };
  /** Objects a page; null: all at once, from the memory of the server. */
  readonly pageSize: number | null;
  /** The API may lack the kind (its CRD is not installed). If false, a 404 is a failure like another. */
  readonly mayBeAbsent: boolean;
  readonly store: ResourceStore<T>;
  readonly clock: DiscoveryClock;
}

/** A list that was applied: its version, null if the kind is absent, and what has changed. */
export interface AppliedList {
  readonly version: string | null;
  readonly changed: Changed;
}

export interface ObjectList {
  /** Of the last list. */
  readonly path: string;
  /** A better version of the API was not served at the last list. */
  readonly isFallback: boolean;
  /** Never rejects. A failed list changes nothing. */
  list(version: string, signal: AbortSignal): Promise<AppliedList | ApiFailure>;
}

/** The newest version, which the server reads from its storage. */
export const NEWEST = '';
/** A kind whose objects are known is only believed to be gone if it is still not there after this time. */
const CONFIRM_MS = 3000;
/** Asks for a list that every API has, and reads it from its storage. */
const CONTROL = '/api/v1/services?limit=1';
/** A faulty server could continue a list for ever. */
const MAX_PAGES = 2000;

export function createObjectList<T>(parts: ObjectListParts<T>): ObjectList {
  const { client, paths, selector, pageSize, mayBeAbsent, store, clock } = parts;
  let path = paths[0]!;
  /** The path of what is stored. */
  let storedFrom: string | null = null;

  async function listPages(
    at: string,
    version: string,
    signal: AbortSignal,
  ): Promise<AppliedList | ApiFailure> {
    const isPaged = pageSize !== null;
    const query = {
      ...selector,
      ...(isPaged ? { limit: `${pageSize}` } : version === NEWEST ? {} : { resourceVersion: version }),
    };
    const replacement = store.replace(at !== storedFrom);
    let more: string | null = null;
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const all = new URLSearchParams({ ...query, ...(more === null ? {} : { continue: more }) });
      const reply = await client.list(`${at}?${all}`, signal, replacement.addItem);
      if ('code' in reply) return reply;
      const listed = versionOf(reply.object);
      if (listed === null || !replacement.add(reply.object))
        return failure('bad_answer', 'the response is not a list');
      more = textOf(objectOf(objectOf(reply.object).metadata).continue);
      if (more !== null) continue;
      path = storedFrom = at;
      return { version: listed, changed: replacement.finish() };
    }
    return failure('bad_answer', `the list has more than ${MAX_PAGES} pages`);
  }

  /** Lists at the first path that the API serves. */
  async function listServed(version: string, signal: AbortSignal): Promise<AppliedList | ApiFailure> {
    let result: AppliedList | ApiFailure | null = null;
    for (const each of paths) {
      result = await listPages(each, version, signal);
      if (!isNotFound(result)) break;
    }
    return result!;
  }

  return {
    get path() {
      return path;
    },
    get isFallback() {
      return path !== paths[0];
    },
    async list(version, signal) {
      const result = await listServed(version, signal);
      if (!mayBeAbsent || !isNotFound(result)) return result;
      if (store.values.size > 0) {
        await pause(CONFIRM_MS, clock, signal);
        const again = await listServed(version, signal);
        if (!isNotFound(again)) return again;
      }
      // A balancer whose servers are away may answer 404 as well: the API itself must be there to say it.
      const control = await client.list(CONTROL, signal);
      if ('code' in control) return control;
      if (versionOf(control.object) === null) return failure('bad_answer', 'the response is not a list');
      return { version: null, changed: store.replace().finish() };
    },
  };
}

function isNotFound(result: AppliedList | ApiFailure): boolean {
  return 'code' in result && result.code === 'not_found';
}
