import type { ApiObject } from '../../helpers/kubernetes-objects.ts';

// The objects that users of the gateway write, and those that a cluster adds to them.

export const EDGE_CLASS = 'herald/edge';
/** In a range that is the machine's own in the network of these tests. */
export const NODE_IP = '10.0.0.1';
/** Where pods are met. */
export const POD_PORT = 8080;

type Annotations = { readonly [name: string]: string };

export function namespace(name: string, labels: Annotations = {}): ApiObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels }, spec: {} };
}

export function node(
  name: string,
  address: string,
  more: { readonly isReady?: boolean; readonly labels?: Annotations } = {},
): ApiObject {
  const { isReady = true, labels = {} } = more;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec: {},
    status: {
      addresses: [{ type: 'InternalIP', address }],
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
    },
  };
}

export interface EdgeService {
  readonly port?: number;
  /** Seconds since the oldest object of the tests. */
  readonly age?: number;
  readonly annotations?: Annotations;
  readonly spec?: object;
}

/** Two lines on a Service: its class, and how its pods learn the client. */
export function edgeService(place: string, name: string, more: EdgeService = {}): ApiObject {
  const { port = 443, age = 0, annotations = { 'herald/present': 'v2' }, spec = {} } = more;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: place, annotations, creationTimestamp: timeOf(age) },
    spec: {
      type: 'LoadBalancer',
      loadBalancerClass: EDGE_CLASS,
      ports: [{ name: 'main', port, protocol: 'TCP', targetPort: POD_PORT }],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      sessionAffinity: 'None',
      externalTrafficPolicy: 'Cluster',
      ...spec,
    },
  };
}

/** The Service that a route carries clients to. */
export function plainService(place: string, name: string, more: EdgeService = {}): ApiObject {
  const service = edgeService(place, name, { ...more, spec: { type: 'ClusterIP', ...more.spec } });
  const {
    loadBalancerClass: _,
    externalTrafficPolicy: __,
    ...spec
  } = service.spec as { [name: string]: unknown };
  return { ...service, spec };
}

export interface SliceEntry {
  readonly ip: string;
  readonly nodeName?: string;
  /** The Pod that it is of; null: none. */
  readonly pod?: { readonly namespace: string; readonly name: string } | null;
  readonly isReady?: boolean;
}

/** The slice of a Service: each endpoint is a Pod of its namespace, unless it says otherwise. */
export function endpointsOf(place: string, service: string, entries: readonly SliceEntry[]): ApiObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${service}-1`, namespace: place, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    endpoints: entries.map(({ ip, nodeName = 'node-a', pod, isReady = true }) => {
      const of = pod === undefined ? { namespace: place, name: `pod-${ip.replaceAll('.', '-')}` } : pod;
      return {
        ...{ addresses: [ip], nodeName },
        conditions: { ready: isReady, serving: isReady, terminating: false },
        ...(of === null ? {} : { targetRef: { kind: 'Pod', ...of } }),
      };
    }),
    ports: [{ name: 'main', port: POD_PORT, protocol: 'TCP' }],
  };
}

export function gatewayClass(name = 'herald'): ApiObject {
  return custom('GatewayClass', { name }, { controllerName: 'herald/gateway' });
}

export interface ListenerOf {
  readonly name: string;
  readonly port: number;
  readonly protocol?: string;
  readonly from?: 'All' | 'Same';
}

export function gateway(place: string, name: string, listeners: readonly ListenerOf[], age = 0): ApiObject {
  const spec = {
    gatewayClassName: 'herald',
    listeners: listeners.map(({ protocol = 'TCP', from = 'Same', ...rest }) => ({
      ...{ ...rest, protocol },
      allowedRoutes: { namespaces: { from } },
    })),
  };
  return custom('Gateway', { name, namespace: place, creationTimestamp: timeOf(age) }, spec);
}

export interface BackendOf {
  readonly name: string;
  readonly namespace?: string;
  readonly port?: number;
  readonly weight?: number;
}

/** A route to backends, at one listener of a Gateway of its namespace or at all. */
export function tcpRoute(
  place: string,
  name: string,
  parent: { readonly name: string; readonly sectionName?: string },
  backends: readonly BackendOf[],
  annotations: Annotations = {},
): ApiObject {
  const backendRefs = backends.map((backend) => ({ port: 443, ...backend }));
  return custom(
    'TCPRoute',
    { name, namespace: place, annotations },
    { parentRefs: [parent], rules: [{ backendRefs }] },
  );
}

/** Routes of one namespace may name the Services of another. */
export function referenceGrant(place: string, from: string): ApiObject {
  return custom(
    'ReferenceGrant',
    { name: `from-${from}`, namespace: place },
    {
      from: [{ group: 'gateway.networking.k8s.io', kind: 'TCPRoute', namespace: from }],
      to: [{ group: '', kind: 'Service' }],
    },
  );
}

function custom(kind: string, metadata: ApiObject['metadata'], spec: object): ApiObject {
  return { apiVersion: 'gateway.networking.k8s.io/v1', kind, metadata, spec };
}

function timeOf(age: number): string {
  return new Date(Date.UTC(2026, 0, 1) + age * 1000).toISOString().replace(/\.\d+/, '');
}
