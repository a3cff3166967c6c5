// Objects as the API of Kubernetes has them, without versions: the scripted API gives those.

export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    /** Absent for objects of the cluster. */
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly labels?: { readonly [name: string]: string };
    readonly annotations?: { readonly [name: string]: string };
  };
  readonly [key: string]: unknown;
}

export const NAMESPACE = 'shop';
export const SERVICE = 'web';

/** A ready endpoint; `more` says what else the slice tells of it. */
export function sliceEndpoint(address: string, more: object = {}): object {
  return { addresses: [address], conditions: { ready: true, serving: true, terminating: false }, ...more };
}

/** A slice of the Service `shop/web` whose port `http` is 8080. */
export function slice(name: string, endpoints: unknown, more: object = {}): ApiObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name,
      namespace: NAMESPACE,
      uid: `uid-${name}`,
      labels: { 'kubernetes.io/service-name': SERVICE },
    },
    addressType: 'IPv4',
    endpoints,
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    ...more,
  };
}

/** The Service `shop/web` with the port 80 called `http`. */
export function service(spec: object = {}, name: string = SERVICE): ApiObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: NAMESPACE, uid: `uid-${name}` },
    spec: {
      type: 'ClusterIP',
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' }],
      ipFamilies: ['IPv4'],
      sessionAffinity: 'None',
      ...spec,
    },
  };
}
