import type { IpSet } from '../../address/ip-set.ts';
import type { EndpointSource } from '../../endpoints/endpoint-source.ts';
import { type DiscoveryClock, realClock } from '../discovery-clock.ts';
import type { FamilyChoice } from '../family.ts';
import { createJournal } from '../journal.ts';
import { createSourceState } from '../source-state.ts';
import { createThrottle } from '../throttle.ts';
import type { Following, KubernetesCluster } from './cluster.ts';
import { foldSlices } from './fold-slices.ts';
import { choosePort } from './port-choice.ts';
import { createRestriction } from './restrict-slice.ts';
import { createSourceRemarks } from './source-remarks.ts';

export interface KubernetesSourceOptions {
  /** As it was written: `k8s:shop/web:https`. */
  readonly name: string;
  readonly namespace: string;
  readonly service: string;
  /** A name or a number, as written; null where only addresses are asked for (`--trust`). */
  readonly port: string | null;
  readonly family: FamilyChoice;
  /** `--endpoint-cidrs`: what endpoints must lie in; null: anywhere. */
  readonly cidrs: IpSet | null;
  readonly cluster: KubernetesCluster;
  readonly clock?: DiscoveryClock;
}

/** A rolling update makes several events a pod, and thousands for a thousand pods. */
const FOLD_MS = 50;

/**
 * The endpoints of one Service, by its EndpointSlices, and where it may be read the Service itself. It has answered
 * once the slices were listed and the Service was listed or forbidden.
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
    // S3: what is of type ExternalName, or is no more, has no endpoints, whatever slices say. A Service that may not
    // be read has those of its slices.
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
      // Somebody else may follow it already.
      changed();
    },
    async stop() {
      journal.close();
      folding.stop();
      await following?.stop();
    },
  };
}
