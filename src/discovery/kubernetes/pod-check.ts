import type { DiscoveryClock } from '../discovery-clock.ts';
import type { KubernetesClient } from './api-client.ts';
import { objectOf, textOf } from './json.ts';
import { readPodIps } from './pod.ts';
import type { Slice, SliceEndpoint } from './slice.ts';
import { createKindWatch } from './watch/kind-watch.ts';
import type { Changed } from './watch/resource-store.ts';
import type { Troubles } from './watch/troubles.ts';

/** `--check-pods`: what all Pods of the cluster say of their addresses, so that a slice cannot claim another one for a Pod. */
export interface PodCheck {
  readonly isSynced: boolean;
  readonly count: number;
  /** Why the endpoint is refused; null: it is not. Empty: its Pod may only not be known yet, which is nothing to report. */
  whyNot(slice: Slice, endpoint: SliceEndpoint): string | null;
  start(): void;
  stop(): Promise<void>;
}

export interface PodCheckParts {
  readonly client: KubernetesClient;
  readonly troubles: Troubles;
  readonly clock: DiscoveryClock;
  readonly random: () => number;
  /** Endpoints of these Pods have to be judged again. */
  readonly changed: (pods: Changed) => void;
}

/** A Pod has up to 10 kB in a list: all Pods of a large cluster at once would not fit into the memory. */
const PAGE_SIZE = 500;
/** Slices and Pods are watched separately, so that a slice may arrive before its Pod. */
const GRACE_MS = 5000;

export function createPodCheck(parts: PodCheckParts): PodCheck {
  const { client, troubles, clock, random, changed } = parts;
  /** When an endpoint was first seen without its Pod. */
  const missing = new WeakMap<SliceEndpoint, number>();
  /** Pods of such endpoints, to be judged once more. */
  const waiting = new Set<string>();
  let cancel: (() => void) | null = null;
  const pods = createKindWatch<readonly string[]>({
    ...{ client, troubles, clock, random, changed, kind: 'pod', path: '/api/v1/pods', pageSize: PAGE_SIZE },
    read(object) {
      const { namespace, name } = objectOf(objectOf(object).metadata);
      const [place, named] = [textOf(namespace), textOf(name)];
      if (place === null || named === null) return null;
      return { service: `${place}/${named}`, value: readPodIps(object) };
    },
  });

  function judgeAgainLater(pod: string): void {
    waiting.add(pod);
    cancel ??= clock.after(GRACE_MS, () => {
      cancel = null;
      const all = new Set(waiting);
      waiting.clear();
      changed(all);
    });
  }

  return {
    get isSynced() {
      return pods.synced;
    },
    get count() {
      return pods.values.size;
    },
    whyNot({ namespace }, endpoint) {
      const pod = `${namespace}/${endpoint.pod?.name}`;
      if (pods.values.get(pod)?.includes(endpoint.ipText)) return null;
      const since = missing.get(endpoint) ?? clock.now();
      missing.set(endpoint, since);
      if (clock.now() - since >= GRACE_MS) return 'not an address of its Pod';
      judgeAgainLater(pod);
      return '';
    },
    start: () => pods.start(),
    stop() {
      cancel?.();
      return pods.stop();
    },
  };
}
