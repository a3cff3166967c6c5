import type { Following } from './cluster.ts';
import type { FollowListener } from './namespace-watches.ts';
import type { Service } from './service.ts';
import type { Slice } from './slice.ts';
import type { Known } from './watch/service-watches.ts';

/** What followers ask of the cluster, by the name of their Service. */
export interface Followed {
  readonly slicesOf: (name: string) => readonly Slice[] | null;
  readonly serviceOf: (name: string) => Known<Service>;
  readonly lastEventAt: () => number | null;
  readonly leave: (name: string, listener: FollowListener) => void;
}

/** One follower of a Service. A class, because there is one for each Service: closures take three times as much. */
export class NamedFollowing implements Following {
  readonly #cluster: Followed;
  readonly #name: string;
  readonly #listener: FollowListener;

  constructor(cluster: Followed, name: string, listener: FollowListener) {
    this.#cluster = cluster;
    this.#name = name;
    this.#listener = listener;
  }

  get slices(): readonly Slice[] | null {
    return this.#cluster.slicesOf(this.#name);
  }

  get service(): Known<Service> {
    return this.#cluster.serviceOf(this.#name);
  }

  get lastEventAt(): number | null {
    return this.#cluster.lastEventAt();
  }

  async stop(): Promise<void> {
    this.#cluster.leave(this.#name, this.#listener);
  }
}
