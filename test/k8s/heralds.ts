import { heraldOf } from './drain.ts';
import type { Manifest } from './kustomize.ts';
import { OVERLAYS, WORKLOADS } from './overlays.ts';

/** Every Herald with clients, and the pod that it is in. */
export const HERALDS = WORKLOADS.flatMap((workload) => {
  const herald = heraldOf(workload);
  return herald === undefined ? [] : [{ ...workload, workload, herald }];
});
export const EDGES = HERALDS.filter(({ herald }) => herald.args[0] === 'edge');
export const GATEWAYS = HERALDS.filter(({ herald }) => herald.args[0] === 'gateway');

/** The objects of a kind that an overlay has. */
export const objectsOf = (overlay: string, kind: string): readonly Manifest[] =>
  OVERLAYS.find(({ name }) => name === overlay)!.objects.filter((object) => object.kind === kind);
