import type { IpSet } from '../../address/ip-set.ts';
import type {
  EndpointSource,
  SourceHealth,
  SourceListener,
  SourceState,
} from '../../endpoints/endpoint-source.ts';
import type { FamilyChoice } from '../address-rules.ts';
import { type DiscoveryClock, realClock } from '../discovery-clock.ts';
import { createJournal, type Journal } from '../journal.ts';
import { createSourceState, type StateHolder } from '../source-state.ts';
import { createThrottle, type Throttle } from '../throttle.ts';
import type { Following, KubernetesCluster } from './cluster.ts';
import type { FailureCode } from './failure.ts';
import { foldSlices } from './fold-slices.ts';
import { choosePort } from './port-choice.ts';
import { createRestriction, type Slice } from './slice.ts';
import { createSourceRemarks, type SourceRemarks } from './source-remarks.ts';

export interface KubernetesSourceOptions {
  /** As configured: `k8s:shop/web:https`. */
  readonly name: string;
  readonly namespace: string;
  readonly service: string;
  /** A name or a number, as configured; null if only addresses are needed (`--trust`). */
  readonly port: string | null;
  readonly family: FamilyChoice;
  /** `--endpoint-cidrs`: the ranges that endpoints must be in; null: any. */
  readonly cidrs: IpSet | null;
  readonly cluster: KubernetesCluster;
  readonly clock?: DiscoveryClock;
}

/** A rolling update makes several events a pod, and thousands for a thousand pods. */
const FOLD_MS = 50;

/**
 * The endpoints of one Service, from its EndpointSlices and, if permitted, the Service itself. It is synced once the
 * slices have been listed, and the Service has been listed or is forbidden.
 */
export function createKubernetesSource(options: KubernetesSourceOptions): EndpointSource {
  return new KubernetesSource(options);
}

/** A class, because a gateway has one for each Service: closures take three times as much. */
class KubernetesSource implements EndpointSource {
  readonly #options: KubernetesSourceOptions;
  readonly #journal: Journal;
  readonly #remarks: SourceRemarks;
  readonly #held: StateHolder = createSourceState();
  readonly #restrict: (slice: Slice) => Slice;
  readonly #folding: Throttle;
  #following: Following | null = null;

  constructor(options: KubernetesSourceOptions) {
    const { namespace, service, cidrs, clock = realClock } = options;
    this.#options = options;
    this.#journal = createJournal(clock);
    this.#remarks = createSourceRemarks(this.#journal, `${namespace}/${service}`);
    this.#restrict = createRestriction(cidrs);
    this.#folding = createThrottle({ everyMs: FOLD_MS, clock, run: () => this.#fold() });
  }

  get name(): string {
    return this.#options.name;
  }

  get state(): SourceState {
    return this.#held.current;
  }

  get health(): SourceHealth {
    const lastEventAt = this.#following?.lastEventAt ?? null;
    return { errors: this.#journal.health.errors, lastEventAt, synced: this.state.synced };
  }

  start(listener: SourceListener): void {
    const { namespace, service, cluster } = this.#options;
    this.#journal.open(listener);
    this.#following = cluster.follow({ namespace, service }, this);
    // If another source follows the Service already, its slices are known now.
    this.changed();
  }

  async stop(): Promise<void> {
    this.#journal.close();
    this.#folding.stop();
    await this.#following?.stop();
  }

  /** As a follower: the slices or the Service have changed. */
  changed(): void {
    const following = this.#following;
    if (following?.slices != null && following.service.is !== 'unknown') this.#folding.request();
  }

  /** As a follower: a watch failed. */
  failed(code: FailureCode): void {
    this.#journal.count(code);
  }

  #fold(): void {
    if (this.#following === null) return;
    const { port, family } = this.#options;
    const { slices, service: known } = this.#following;
    const found = known.is === 'known' ? known.value : null;
    // S3: a Service that is of type ExternalName or does not exist has no endpoints, even if slices name it. A Service
    // that must not be read has the endpoints of its slices.
    const isServed = found === null ? known.is !== 'known' : !found.isExternalName;
    const all = [...(slices ?? [])].map(this.#restrict);
    const { choice, remark } = choosePort(port, found);
    const rules = { port: choice, family, firstFamily: found?.firstFamily ?? null };
    const folded = foldSlices(isServed ? all : [], rules);
    this.#remarks.folded({
      ...{ all, folded, family, service: found, isListed: known.is === 'known' },
      remark: isServed ? remark : null,
    });
    if (this.#held.replace({ ...folded, service: found?.facts ?? null })) this.#journal.changed();
  }
}
