import type { IpSet } from '../../address/ip-set.ts';
import type { EndpointSource } from '../../endpoints/endpoint-source.ts';
import type { Clock } from '../clock.ts';
import type { Family } from '../family.ts';
import { createStaticSource } from '../static-source.ts';
import type { KubernetesClient } from './client.ts';

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

/** The endpoints of one Service, by its EndpointSlices, and where it may be read the Service itself. */
export function createKubernetesSource(options: KubernetesSourceOptions): EndpointSource {
  return { ...createStaticSource([]), name: options.name };
}
