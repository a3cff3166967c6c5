import type { IpSet } from '../../address/ip-set.ts';
import type { EndpointSource } from '../../endpoints/endpoint-source.ts';
import { type Clock, realClock } from '../clock.ts';
import { createCoalescer } from '../coalescer.ts';
import type { Family } from '../family.ts';
import { createJournal } from '../journal.ts';
import { createSourceState } from '../source-state.ts';
import type { KubernetesClient } from './client.ts';
import type { Failure } from './failure.ts';
import { foldSlices } from './fold-slices.ts';
import { choosePort } from './port-choice.ts';
import { createResourceWatch } from './resource-watch.ts';
import { readService, type Service } from './service.ts';
import { readSlice, type Slice } from './slice.ts';
import { createSourceRemarks } from './source-remarks.ts';

export interface KubernetesSourceOptions {
  /** As it was written: `k8s:shop/web:https`. */
  readonly name: string;
  readonly namespace: string;
  readonly service: string;
  /** A name or a number, as written; null where only addresses are asked for (`--trust`). */
  readonly port: string | null;
  readonly family: Family;
  /** `--endpoint-cidrs`: what endpoints must lie in; null: anywhere. */
  readonly cidrs: IpSet | null;
  readonly client: KubernetesClient;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** A pod that rolls makes several events in a moment, a thousand pods thousands. */
const BURST_MS = 50;

/**
 * The endpoints of one Service, by its EndpointSlices, and where it may be read the Service itself. It has answered
 * once the slices were listed and the Service was listed or forbidden.
 */
export function createKubernetesSource(options: KubernetesSourceOptions): EndpointSource {
  const { name, namespace, service, port, family, cidrs, client } = options;
  const { clock = realClock, random = Math.random } = options;
  const journal = createJournal(clock);
  const remarks = createSourceRemarks(journal, `${namespace}/${service}`);
  const held = createSourceState();
  const folding = createCoalescer(BURST_MS, fold, clock);
  let isForbidden = false;

  const slices = createResourceWatch<Slice>({
    path: `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices`,
    selector: { labelSelector: `kubernetes.io/service-name=${service}` },
    read: (object) => readSlice(object, { namespace, service, cidrs }),
    listener: {
      changed,
      alive: () => remarks.alive('slices'),
      failed: (failure) => remarks.failed('slices', failure, held.current.synced),
    },
    ...{ client, clock, random },
  });
  const services = createResourceWatch<Service>({
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/services`,
    selector: { fieldSelector: `metadata.name=${service}` },
    read: (object) => readService(object, namespace, service),
    listener: { changed, alive: () => remarks.alive('service'), failed: serviceFailed },
    ...{ client, clock, random },
  });

  /** W14: without the right to read Services nothing is wrong: flags say what the Service would. */
  function serviceFailed(failure: Failure): void {
    if (failure.code !== 'forbidden' || services.synced) {
      remarks.failed('service', failure, held.current.synced);
      return;
    }
    remarks.forbidden();
    if (isForbidden) return;
    isForbidden = true;
    changed();
  }

  function changed(): void {
    if (slices.synced && (services.synced || isForbidden)) folding.poke();
  }

  function fold(): void {
    const found = [...services.values()][0] ?? null;
    const all = [...slices.values()];
    const { choice, remark } = choosePort(port, found);
    const folded = foldSlices(all, { port: choice, family, firstFamily: found?.firstFamily ?? null });
    remarks.folded({ ...{ all, folded, family, remark }, service: found, isListed: services.synced });
    if (held.replace({ ...folded, service: found?.facts ?? null })) journal.changed();
  }

  return {
    name,
    get state() {
      return held.current;
    },
    get health() {
      return { ...journal.health, synced: held.current.synced };
    },
    start(listener) {
      journal.open(listener);
      slices.start();
      services.start();
    },
    async stop() {
      journal.close();
      folding.stop();
      await Promise.all([slices.stop(), services.stop()]);
    },
  };
}
