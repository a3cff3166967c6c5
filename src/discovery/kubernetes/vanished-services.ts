import type { DiscoveryClock } from '../discovery-clock.ts';
import type { KubernetesCluster } from './cluster.ts';
import type { FollowListener } from './namespace-watches.ts';
import type { Service } from './service.ts';
import type { Slice } from './slice.ts';
import type { Known } from './watch/service-watches.ts';

/**
 * A cluster whose followers see a Service that has vanished as it was, until they are told. Its listeners close, or pass their
 * ports to those of other Services, a moment after it has vanished; clients that come in between would otherwise find a listener
 * without endpoints.
 */
export interface VanishedServices {
  readonly cluster: KubernetesCluster;
  /**
   * To be called before listeners are made of what there is now, and the returned function once they are in force: it tells
   * the followers of Services that had vanished by then, and still are.
   */
  seen(): () => void;
}

/**
 * The slices of a Service that vanishes go as well, and their watch may be ahead of that of Services by so much. A Service that is
 * only without endpoints keeps an empty slice.
 */
const SLICES_AHEAD_MS = 1000;

interface Before {
  readonly service: Known<Service>;
  readonly slices: readonly Slice[];
}

export function createVanishedServices(
  cluster: KubernetesCluster,
  clock: Pick<DiscoveryClock, 'after'>,
): VanishedServices {
  /** Of each follower that has not been told that its Service has vanished. */
  const untold = new Set<() => void>();

  function follow(which: Parameters<KubernetesCluster['follow']>[0], listener: FollowListener) {
    /** With slices: what the follower was told last. Kept only while there is something to keep. */
    let last: Before | null = null;
    let isKept = false;
    let cancel = () => {};
    const following = cluster.follow(which, { changed, failed: (code) => listener.failed(code) });
    remember();

    function remember(): void {
      const { service } = following;
      const slices = [...(following.slices ?? [])];
      if (service.is === 'known' && service.value !== null && slices.length > 0) last = { service, slices };
    }

    function tell(): void {
      release();
      last = null;
      listener.changed();
    }

    function release(): void {
      isKept = false;
      untold.delete(tell);
      cancel();
    }

    function changed(): void {
      const { service } = following;
      const isGone = service.is === 'known' && service.value === null;
      const hasSlices = [...(following.slices ?? [])].length > 0;
      if (last === null || (!isGone && hasSlices)) {
        release();
        remember();
        listener.changed();
      } else if (isGone) {
        cancel();
        isKept = true;
        untold.add(tell);
      } else if (!isKept) {
        isKept = true;
        cancel = clock.after(SLICES_AHEAD_MS, tell);
      }
    }

    const current = () => (isKept && last !== null ? last : following);
    return {
      get slices() {
        return current().slices;
      },
      get service() {
        return current().service;
      },
      get lastEventAt() {
        return following.lastEventAt;
      },
      stop() {
        release();
        return following.stop();
      },
    };
  }

  return {
    cluster: { follow, stop: () => cluster.stop() },
    seen() {
      const due = [...untold];
      return () => {
        for (const tell of due) if (untold.has(tell)) tell();
      };
    },
  };
}
