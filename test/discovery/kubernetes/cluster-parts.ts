import type { ExecutionContext } from 'ava';
import type { KubernetesAccess } from '../../../src/discovery/kubernetes/access.ts';
import { createKubernetesClient } from '../../../src/discovery/kubernetes/api-client.ts';
import {
  createCluster,
  type Following,
  type KubernetesCluster,
} from '../../../src/discovery/kubernetes/cluster.ts';
import type { SourceRemark } from '../../../src/endpoints/endpoint-source.ts';
import {
  type ApiObject,
  NAMESPACE,
  service,
  slice,
  sliceEndpoint,
} from '../../helpers/kubernetes-objects.ts';
import { type ScriptedKubernetes, scriptedKubernetes } from '../../helpers/scripted-kubernetes.ts';
import type { Speech } from '../../helpers/scripted-kubernetes-wire.ts';
import { type TurnedClock, turnedClock } from '../../helpers/turned-clock.ts';
import { memoryFiles, trustingAccess } from './watch-parts.ts';

/** A Service of this name with one slice of one endpoint. */
export function shopOf(name: string, namespace = NAMESPACE, ip = '10.0.0.1'): readonly ApiObject[] {
  const made = slice(`${name}-1`, [sliceEndpoint(ip)]);
  const labels = { 'kubernetes.io/service-name': name };
  const of = service({}, name);
  return [
    { ...of, metadata: { ...of.metadata, namespace } },
    { ...made, metadata: { ...made.metadata, namespace, labels } },
  ];
}

export const names = (count: number) => Array.from({ length: count }, (_, n) => `web-${n}`);

interface StartedCluster {
  readonly api: ScriptedKubernetes;
  readonly clock: TurnedClock;
  readonly cluster: KubernetesCluster;
  readonly remarks: SourceRemark[];
  follow(service: string, namespace?: string): Followed;
  /** Resolves once this is true. */
  until(isTrue: () => boolean): Promise<void>;
}

export interface Followed extends Following {
  /** How many failures it was notified of. */
  readonly failures: number;
  readonly isSynced: boolean;
  /** The addresses of its slices; null if they are not known. */
  readonly addresses: readonly string[] | null;
}

export interface ClusterParts {
  readonly over?: Speech;
  readonly access?: Partial<KubernetesAccess>;
  readonly files?: { [path: string]: string | undefined };
}

/** A cluster of a scripted API; everything is closed when the test ends. */
export async function startCluster(
  t: ExecutionContext,
  prepare: (api: ScriptedKubernetes) => void,
  { over = 'h2', access = {}, files = {} }: ClusterParts = {},
): Promise<StartedCluster> {
  const api = await scriptedKubernetes({ over });
  prepare(api);
  const clock = turnedClock();
  const remarks: SourceRemark[] = [];
  const random = () => 0;
  const client = createKubernetesClient(trustingAccess(api.url, access), {
    ...{ clock, random, files: memoryFiles(files) },
  });
  const cluster = createCluster({ client, clock, random, remark: (remark) => void remarks.push(remark) });
  const all = new Set<Following>();
  t.teardown(async () => {
    await Promise.all([...all].map((each) => each.stop()));
    cluster.stop();
    client.stop();
    await api.close();
  });
  return {
    ...{ api, clock, cluster, remarks },
    follow(of, namespace = NAMESPACE) {
      let failures = 0;
      const listener = { changed() {}, failed: () => void failures++ };
      const following = cluster.follow({ namespace, service: of }, listener);
      all.add(following);
      return {
        get slices() {
          return following.slices;
        },
        get service() {
          return following.service;
        },
        get lastEventAt() {
          return following.lastEventAt;
        },
        get failures() {
          return failures;
        },
        get isSynced() {
          return following.slices !== null && following.service.is !== 'unknown';
        },
        get addresses() {
          const { slices } = following;
          return slices && [...slices].flatMap(({ endpoints }) => endpoints.map(({ ipText }) => ipText));
        },
        stop() {
          all.delete(following);
          return following.stop();
        },
      };
    },
    async until(isTrue) {
      while (!isTrue()) await new Promise(setImmediate);
    },
  };
}
