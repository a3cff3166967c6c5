import { manifestText, objectsOfText } from '../../helpers/gateway-api-data.ts';
import type { ApiObject } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { KINDS } from '../../helpers/scripted-kubernetes-kinds.ts';
import { gatewayClass } from './objects.ts';
import { type Pod, startPod } from './pod.ts';
import { conditionsOf, startWorld, type World } from './world.ts';

// A cluster with manifests of the Gateway API's conformance suite as they are. The suite's cluster makes pods of the
// Deployments; here each Deployment gets one pod that answers, and each Service the slice of the pods that it selects.

export const INFRA = 'gateway-conformance-infra';
export const WEB = 'gateway-conformance-web-backend';

/** Kinds that workloads are made of: what stands for them is their pods. */
const WITHOUT_API: ReadonlySet<string> = new Set(['Deployment', 'ConfigMap']);

export interface ConformanceWorld extends World {
  /** Pods by the name of their Deployment. */
  readonly pods: ReadonlyMap<string, Pod>;
  /** The name of the Deployment that answered a client, which was seen with its own address; else how it ended. */
  who(port: number): Promise<string>;
  whoUntil(port: number, name: string): Promise<string>;
  /** A client that no backend gets. Returns how it ended. */
  refused(port: number): Promise<string>;
  /** Puts an object of the manifests again, changed. */
  change(kind: string, name: string, change: (object: ApiObject) => object): Promise<void>;
  /** `Accepted=True Accepted`, … of an object's status, once it is of the newest generation and has all of these texts. */
  settled(kind: string, name: string, ...texts: readonly string[]): Promise<readonly string[]>;
}

/** Starts it with the base manifests, and these. */
export async function startConformance(
  owner: Owner,
  names: readonly string[],
  more: readonly ApiObject[] = [],
): Promise<ConformanceWorld> {
  const objects = [...['base-manifests', ...names].flatMap(objectsOf), ...more];
  const kinds = new Set(KINDS.map(({ kind }) => kind));
  const strange = objects.filter(({ kind }) => !kinds.has(kind) && !WITHOUT_API.has(kind));
  if (strange.length > 0) throw new Error(`what is a ${strange[0]!.kind}?`);
  const pods = new Map<string, Pod>();
  const slices: ApiObject[] = [];
  const deployments = objects.filter(({ kind }) => kind === 'Deployment');
  for (const [at, { metadata }] of deployments.entries()) {
    const ip = `10.1.0.${at + 1}`;
    const services = objects.filter((each) => isServiceOf(each, metadata));
    const ports = new Set(services.flatMap((service) => targetPorts(service).map(({ port }) => port)));
    for (const port of ports) pods.set(metadata.name, await startPod(owner, ip, port));
    slices.push(...services.map((service) => sliceOf(service, ip)));
  }
  const world = await startWorld(owner, {
    flags: '--namespaces all --default-present v2 --publish nodes',
    objects: [gatewayClass(), ...objects.filter(({ kind }) => !WITHOUT_API.has(kind)), ...slices],
  });
  return withPods(world, pods);
}

function objectsOf(name: string): readonly ApiObject[] {
  return objectsOfText<ApiObject>(manifestText(name));
}

function withPods(world: World, pods: ReadonlyMap<string, Pod>): ConformanceWorld {
  const { api, visit, visitUntil } = world;
  const nameOf = (answer: string): string => {
    const pod = [...pods].find(([, { ip }]) => answer === `${ip} saw 10.9.0.1`);
    return pod?.[0] ?? answer;
  };
  return {
    ...world,
    pods,
    who: async (port) => nameOf(await visit(port)),
    whoUntil: async (port, name) => nameOf(await visitUntil(port, (answer) => nameOf(answer) === name)),
    refused: (port) => visitUntil(port, (answer) => /^(ECONNRESET|ended)$/.test(answer)),
    async change(kind, name, change) {
      const [namespace = '', object = ''] = name.split('/');
      const before = (await api.get(kind, object, namespace))!;
      // The status stays as it is: somebody may write it meanwhile.
      const { status: _, ...rest } = change(before) as ApiObject;
      await api.put(rest as ApiObject);
    },
    settled: (kind, name, ...texts) =>
      api.until(async () => {
        const [namespace = '', object = ''] = name.includes('/') ? name.split('/') : ['', name];
        const found = await api.get(kind, object, namespace);
        const seen = conditionsOf(found);
        const { generation } = found?.metadata ?? {};
        const isCurrent = generationsOf(found?.status).every((each) => each === generation);
        return isCurrent && texts.every((text) => seen.includes(text)) ? seen : undefined;
      }),
  };
}

/** Every `observedGeneration` in a status. */
function generationsOf(value: unknown): readonly number[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, field]) =>
    name === 'observedGeneration' ? [field] : generationsOf(field),
  );
}

interface ServiceSpec {
  readonly selector?: { readonly app?: string };
  readonly ports: readonly { readonly name?: string; readonly targetPort: number }[];
}

function isServiceOf({ kind, metadata, spec }: ApiObject, of: ApiObject['metadata']): boolean {
  return (
    kind === 'Service' &&
    metadata.namespace === of.namespace &&
    (spec as ServiceSpec).selector?.app === of.name
  );
}

function targetPorts({ spec }: ApiObject): readonly { readonly name: string; readonly port: number }[] {
  return (spec as ServiceSpec).ports.map(({ name = '', targetPort: port }) => ({ name, port }));
}

function sliceOf(service: ApiObject, ip: string): ApiObject {
  const { name, namespace = '' } = service.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, namespace, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: [
      {
        addresses: [ip],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: 'node-a',
        targetRef: { kind: 'Pod', namespace, name: `${name}-1` },
      },
    ],
    ports: targetPorts(service).map((each) => ({ ...each, protocol: 'TCP' })),
  };
}
