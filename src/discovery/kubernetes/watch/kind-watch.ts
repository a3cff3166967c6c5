import type { ApiFailure } from '../failure.ts';
import { createReflector, type Reflector, type ReflectorOptions } from './reflector.ts';
import type { Changed } from './resource-store.ts';
import type { Troubles, WatchedKind } from './troubles.ts';

export interface KindWatchParts<T>
  extends Pick<
    ReflectorOptions<T>,
    'client' | 'clock' | 'random' | 'path' | 'read' | 'pageSize' | 'mayBeAbsent'
  > {
  readonly selector?: { readonly [name: string]: string };
  readonly kind: WatchedKind;
  readonly troubles: Troubles;
  /** The first list has been applied, or the objects of these names have changed. */
  readonly changed: (which: Changed) => void;
  readonly failed?: (failure: ApiFailure) => void;
  readonly alive?: () => void;
}

const NONE: Changed = new Set();

/** A watch of one kind in the whole cluster, or in one namespace. What fails is reported as one of the troubles of the API. */
export function createKindWatch<T>(parts: KindWatchParts<T>): Reflector<T> {
  const { kind, troubles, changed, failed, alive, selector = {}, ...options } = parts;
  const watched = { kind, of: 'the cluster' };
  let isStopped = false;
  const reflector: Reflector<T> = createReflector<T>({
    ...{ ...options, selector },
    listener: {
      synced: changed,
      changed,
      alive: () => alive?.(),
      broke: (failure) => failed?.(failure),
      failed(failure) {
        failed?.(failure);
        if (!isStopped) troubles.failed(watched, failure);
      },
      works: () => troubles.over(watched),
      absent(isAbsent) {
        troubles.absent(kind, isAbsent);
        // Also if it has no objects: that the API has the kind is news.
        changed(NONE);
      },
    },
  });
  return {
    ...reflector,
    get synced() {
      return reflector.synced;
    },
    get path() {
      return reflector.path;
    },
    stop() {
      isStopped = true;
      troubles.gone(watched);
      return reflector.stop();
    },
  };
}
