import type { ExecutionContext } from 'ava';
import type { GatewayOptions } from '../../src/config/gateway-options.ts';
import { type ClusterWatch, createClusterWatch } from '../../src/controller/cluster-watch.ts';
import { createKubernetesClient } from '../../src/discovery/kubernetes/api-client.ts';
import type { KubernetesSourceOptions } from '../../src/discovery/kubernetes/kubernetes-source.ts';
import { createKubernetesSource } from '../../src/discovery/kubernetes/kubernetes-source.ts';
import type { EndpointSource, SourceRemark } from '../../src/endpoints/endpoint-source.ts';
import { memoryFiles, trustingAccess } from '../discovery/kubernetes/watch-parts.ts';
import { type ApiObject, NAMESPACE, SERVICE, slice, sliceEndpoint } from '../helpers/kubernetes-objects.ts';
import { type ScriptedKubernetes, scriptedKubernetes } from '../helpers/scripted-kubernetes.ts';
import type { Speech } from '../helpers/scripted-kubernetes-wire.ts';
import { type TurnedClock, turnedClock } from '../helpers/turned-clock.ts';

export const OWN = 'herald';
/** Each kind that is watched, as the API names it. */
export const WATCHED = [
  ...['Service', 'EndpointSlice', 'Namespace', 'Node', 'Lease'],
  ...['GatewayClass', 'Gateway', 'TCPRoute', 'ReferenceGrant'],
];

export interface StartedWatch {
  readonly api: ScriptedKubernetes;
  readonly clock: TurnedClock;
  readonly watch: ClusterWatch;
  readonly remarks: readonly SourceRemark[];
  /** How often it has said that something has changed. */
  readonly changes: number;
  codes(): readonly string[];
  /** Resolves once this is true. */
  until(isTrue: () => boolean): Promise<void>;
  synced(): Promise<void>;
  /** Resolves once each watch is open and counts as one that works. */
  working(): Promise<void>;
  /** The source of `shop/web:http`, from these watches. */
  source(options?: Partial<KubernetesSourceOptions>): EndpointSource;
}

/** The watch of a whole cluster against a scripted API; everything is closed when the test ends. */
export async function startClusterWatch(
  t: ExecutionContext,
  prepare: (api: ScriptedKubernetes) => void,
  { over = 'h2', ...more }: Partial<GatewayOptions> & { readonly over?: Speech } = {},
): Promise<StartedWatch> {
  const api = await scriptedKubernetes({ over });
  prepare(api);
  const clock = turnedClock();
  const remarks: SourceRemark[] = [];
  const random = () => 0;
  let changes = 0;
  const client = createKubernetesClient(trustingAccess(api.url), { clock, random, files: memoryFiles({}) });
  const watch = createClusterWatch({
    ...{ client, clock, random, ownNamespace: OWN, leaseSelector: 'app=gateway' },
    options: { endpointCidrs: [], checkPods: false, prefix: 'herald/', ...more },
    changed: () => void changes++,
    remark: (remark) => void remarks.push(remark),
  });
  const sources: EndpointSource[] = [];
  t.teardown(async () => {
    await Promise.all(sources.map((each) => each.stop()));
    await watch.stop();
    client.stop();
    await api.close();
  });
  watch.start();
  const until = async (isTrue: () => boolean) => {
    while (!isTrue()) await new Promise(setImmediate);
  };
  return {
    ...{ api, clock, watch, remarks, until },
    get changes() {
      return changes;
    },
    codes: () => remarks.map(({ code }) => code),
    synced: () => until(() => watch.isSynced),
    async working() {
      await until(() => WATCHED.every((kind) => api.openWatches(kind) === 1));
      await clock.until(1000, WATCHED.length);
      clock.advance(1000);
    },
    source(options = {}) {
      const source = createKubernetesSource({
        name: 'k8s:shop/web:http',
        ...{ namespace: NAMESPACE, service: SERVICE, port: 'http', family: 'auto', cidrs: null },
        ...{ cluster: watch.cluster, clock },
        ...options,
      });
      sources.push(source);
      source.start({ changed() {}, remark: (remark) => void remarks.push(remark) });
      return source;
    },
  };
}

export const textsOf = (source: EndpointSource) => source.state.endpoints.map(({ text }) => text).join(' ');

/** An endpoint that is said to be this Pod of the namespace `shop`. */
export function podEndpoint(address: string, pod: string, more: object = {}): object {
  return sliceEndpoint(address, { targetRef: { kind: 'Pod', name: pod, namespace: NAMESPACE }, ...more });
}

/** A slice of `shop/web` with a Pod for each address: `web-0`, `web-1`, … */
export function podSlice(...addresses: readonly string[]): ApiObject {
  return slice(
    'web-a',
    addresses.map((address, n) => podEndpoint(address, `web-${n}`)),
  );
}

export function nodeObject(name: string, ...addresses: readonly string[]): ApiObject {
  return {
    ...{ apiVersion: 'v1', kind: 'Node', metadata: { name, uid: `uid-${name}` } },
    status: { addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
  };
}

export function podObject(name: string, address: string | null, spec: object = {}): ApiObject {
  const podIPs = address === null ? [] : [{ ip: address }];
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: NAMESPACE, uid: `uid-${name}` } },
    ...{ spec, status: { phase: 'Running', podIPs } },
  };
}

export function gatewayObject(kind: string, name: string, spec: object = {}): ApiObject {
  const place = kind === 'GatewayClass' ? {} : { namespace: NAMESPACE };
  const apiVersion = 'gateway.networking.k8s.io/v1';
  return { apiVersion, kind, metadata: { name, ...place, uid: `uid-${name}` }, spec };
}
