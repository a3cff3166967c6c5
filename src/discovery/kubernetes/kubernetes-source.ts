import type { IpSet } from '../../address/ip-set.ts';
import type { EndpointSource } from '../../endpoints/endpoint-source.ts';
import type { FamilyChoice } from '../address-rules.ts';
import { type DiscoveryClock, realClock } from '../discovery-clock.ts';
import { createJournal } from '../journal.ts';
import { createSourceState } from '../source-state.ts';
import { createThrottle } from '../throttle.ts';
import type { Following, KubernetesCluster } from './cluster.ts';
import { foldSlices } from './fold-slices.ts';
import { choosePort } from './port-choice.ts';
import { createRestriction } from './slice.ts';
import { createSourceRemarks } from './source-remarks.ts';

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
  const { name, namespace, service, port, family, cidrs, cluster } = options;
  const { clock = realClock } = options;
  const journal = createJournal(clock);
  const remarks = createSourceRemarks(journal, `${namespace}/${service}`);
  const held = createSourceState();
  const restrict = createRestriction(cidrs);
  const folding = createThrottle({ everyMs: FOLD_MS, clock, run: fold });
  let following: Following | null = null;

  function changed(): void {
    if (following?.slices != null && following.service.is !== 'unknown') folding.request();
  }

  function fold(): void {
    if (following === null) return;
    const { slices, service: known } = following;
    const found = known.is === 'known' ? known.value : null;
    // S3: a Service that is of type ExternalName or does not exist has no endpoints, even if slices name it. A Service
    // that must not be read has the endpoints of its slices.
    const isServed = found === null ? known.is !== 'known' : !found.isExternalName;
    const all = [...(slices ?? [])].map(restrict);
    const { choice, remark } = choosePort(port, found);
    const rules = { port: choice, family, firstFamily: found?.firstFamily ?? null };
    const folded = foldSlices(isServed ? all : [], rules);
    remarks.folded({
      ...{ all, folded, family, service: found, isListed: known.is === 'known' },
      remark: isServed ? remark : null,
    });
    if (held.replace({ ...folded, service: found?.facts ?? null })) journal.changed();
  }

  return {
    name,
    get state() {
      return held.current;
    },
    get health() {
      const lastEventAt = following?.lastEventAt ?? null;
      return { errors: journal.health.errors, lastEventAt, synced: held.current.synced };
    },
    start(listener) {
      journal.open(listener);
      following = cluster.follow({ namespace, service }, { changed, failed: (code) => journal.count(code) });
      // If another source follows the Service already, its slices are known now.
      changed();
    },
    async stop() {
      journal.close();
      folding.stop();
      await following?.stop();
    },
  };
}
