import type { DiscoveryClock } from '../discovery-clock.ts';
import type { Following, KubernetesCluster, ServiceName } from './cluster.ts';
import type { FailureCode } from './failure.ts';
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
  /** Followers that have not been told that their Service has vanished. */
  const untold = new Set<PatientFollowing>();
  return {
    cluster: {
      follow: (which, listener) => new PatientFollowing({ cluster, clock, untold }, which, listener),
      stop: () => cluster.stop(),
    },
    seen() {
      const due = [...untold];
      return () => {
        for (const following of due) if (untold.has(following)) following.tell();
      };
    },
  };
}

interface Shared {
  readonly cluster: KubernetesCluster;
  readonly clock: Pick<DiscoveryClock, 'after'>;
  readonly untold: Set<PatientFollowing>;
}

/** Stands between a follower and its Service. A class, because there is one for each Service. */
class PatientFollowing implements Following, FollowListener {
  readonly #shared: Shared;
  readonly #listener: FollowListener;
  readonly #following: Following;
  /** With slices: what the follower was told last. Kept only while there is something to keep. */
  #last: Before | null = null;
  #isKept = false;
  #cancel: (() => void) | null = null;

  constructor(shared: Shared, which: ServiceName, listener: FollowListener) {
    this.#shared = shared;
    this.#listener = listener;
    this.#following = shared.cluster.follow(which, this);
    this.#remember();
  }

  get slices(): Iterable<Slice> | null {
    return this.#current.slices;
  }

  get service(): Known<Service> {
    return this.#current.service;
  }

  get lastEventAt(): number | null {
    return this.#following.lastEventAt;
  }

  stop(): Promise<void> {
    this.#release();
    return this.#following.stop();
  }

  failed(code: FailureCode): void {
    this.#listener.failed(code);
  }

  changed(): void {
    const { service, slices } = this.#following;
    const isGone = service.is === 'known' && service.value === null;
    const hasSlices = [...(slices ?? [])].length > 0;
    if (this.#last === null || (!isGone && hasSlices)) {
      this.#release();
      this.#remember();
      this.#listener.changed();
    } else if (isGone) {
      this.#cancel?.();
      this.#isKept = true;
      this.#shared.untold.add(this);
    } else if (!this.#isKept) {
      this.#isKept = true;
      this.#cancel = this.#shared.clock.after(SLICES_AHEAD_MS, () => this.tell());
    }
  }

  /** The follower learns how things are now. */
  tell(): void {
    this.#release();
    this.#last = null;
    this.#listener.changed();
  }

  get #current(): Pick<Following, 'slices' | 'service'> {
    return this.#isKept && this.#last !== null ? this.#last : this.#following;
  }

  #remember(): void {
    const { service } = this.#following;
    const slices = [...(this.#following.slices ?? [])];
    const isThere = service.is === 'known' && service.value !== null && slices.length > 0;
    if (isThere) this.#last = { service, slices };
  }

  #release(): void {
    this.#isKept = false;
    this.#shared.untold.delete(this);
    this.#cancel?.();
    this.#cancel = null;
  }
}
