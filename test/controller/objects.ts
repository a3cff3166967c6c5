import type {
  ClusterObjects,
  GatewayClassObject,
  GatewayObject,
  IngressAddress,
  ObjectFacts,
  ObservedCondition,
  RouteObject,
  ServiceObject,
} from '../../src/controller/objects/cluster-objects.ts';
import type { ObjectRef } from '../../src/controller/objects/object-path.ts';
import type { ConditionWish, IngressWish, StatusWish } from '../../src/controller/translate/translation.ts';
import type { ObservedObject } from '../../src/controller/write/status-patch.ts';
import { readService } from '../../src/discovery/kubernetes/service.ts';
import type { Json } from './fake-api.ts';

// Objects as the API has them, and readers of as much as the writers look at.

export const CONTROLLER = 'herald/gateway';
export const GROUP = 'gateway.networking.k8s.io/v1';

export function factsOf({ metadata }: Json): ObjectFacts {
  return {
    ...{ namespace: metadata.namespace ?? '', name: metadata.name, uid: metadata.uid },
    ...{ version: metadata.resourceVersion, generation: metadata.generation ?? 1, createdMs: 0 },
    ...{ isDeleted: metadata.deletionTimestamp !== undefined, annotations: metadata.annotations ?? {} },
  };
}

export function serviceOf(value: Json): ServiceObject {
  const { metadata, spec = {}, status } = value;
  return {
    ...factsOf(value),
    service: readService(value, metadata.namespace, metadata.name)!,
    ...{ type: spec.type ?? 'ClusterIP', loadBalancerClass: spec.loadBalancerClass ?? null },
    servicePorts: (spec.ports ?? []).map((port: Json) => ({
      name: '',
      protocol: 'TCP',
      nodePort: 0,
      ...port,
    })),
    ...{ ipFamilies: [4], clusterIps: [], hasSourceRanges: false, labels: metadata.labels ?? {} },
    ingress: (status?.loadBalancer?.ingress ?? []).map(
      ({ ip = null, hostname = null, ipMode = null, ports = [] }: Json): IngressAddress => ({
        ...{ ip, hostname, ipMode },
        ports: ports.map((port: Json) => ({ error: null, ...port })),
      }),
    ),
  };
}

const conditionsOf = (list: Json): readonly ObservedCondition[] => list ?? [];

export function classOf(value: Json): GatewayClassObject {
  return {
    ...{ ...factsOf(value), controllerName: CONTROLLER, hasParameters: false },
    conditions: conditionsOf(value.status?.conditions),
    supportedFeatures: (value.status?.supportedFeatures ?? []).map(({ name }: Json) => name),
  };
}

export function gatewayOf(value: Json): GatewayObject {
  return {
    ...{ ...factsOf(value), className: 'herald', listeners: [], addresses: [], hasParameters: false },
    conditions: conditionsOf(value.status?.conditions),
    observedListeners: value.status?.listeners ?? [],
    observedAddresses: value.status?.addresses ?? [],
  };
}

export function routeOf(value: Json): RouteObject {
  return {
    ...{ ...factsOf(value), kind: 'TCPRoute', apiVersion: 'v1', parentRefs: [], rules: [] },
    parents: (value.status?.parents ?? []).map((raw: Json) => ({
      parentRef: { namespace: null, sectionName: null, port: null, ...raw.parentRef },
      ...{ controllerName: raw.controllerName, conditions: conditionsOf(raw.conditions), raw },
    })),
  };
}

export function readObserved(of: StatusWish['of'], value: unknown): ObservedObject {
  return { Service: serviceOf, GatewayClass: classOf, Gateway: gatewayOf, Route: routeOf }[of](value);
}

export function clusterOf(parts: Partial<ClusterObjects> = {}): ClusterObjects {
  const none = new Map();
  return {
    ...{ services: none, namespaces: none, nodes: none, gatewayClasses: none, gateways: none },
    ...{ tcpRoutes: none, grants: none, instances: none },
    readyNodes: () => ({ anywhere: false, v4: new Set(), v6: new Set() }),
    ...parts,
  };
}

export function refOf(kind: string, uid = 'u1', name = 'web'): ObjectRef {
  const apiVersion = kind === 'Service' ? 'v1' : GROUP;
  return { apiVersion, kind, namespace: kind === 'GatewayClass' ? '' : 'shop', name, uid };
}

export function wishOf(
  type: string,
  status: ConditionWish['status'] = 'True',
  message = 'well',
): ConditionWish {
  return { type, status, reason: 'Reason', message };
}

/** A condition that was written for generation 1, at this time. */
export function conditionOf(
  wish: ConditionWish,
  changes: Partial<ObservedCondition> = {},
): ObservedCondition {
  return { ...wish, observedGeneration: 1, lastTransitionTime: '2020-01-01T00:00:00Z', ...changes };
}

export const INGRESS: IngressWish = {
  ip: '192.0.2.1',
  ipMode: 'Proxy',
  ports: [{ port: 443, protocol: 'TCP' }],
};
