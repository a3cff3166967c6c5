/** An object that a status or an Event is about. */
export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  /** Empty for objects of the cluster. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** The reference of a Service, for statuses and Events. */
export function serviceRef({ namespace, name, uid }: Omit<ObjectRef, 'apiVersion' | 'kind'>): ObjectRef {
  return { apiVersion: 'v1', kind: 'Service', namespace, name, uid };
}

/** `/apis/gateway.networking.k8s.io/v1/namespaces/shop/gateways/edge`: where the API has this object. */
export function objectPath({ apiVersion, kind, namespace, name }: ObjectRef): string {
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const place = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const word = kind.toLowerCase();
  const plural = word.endsWith('s') ? `${word}es` : `${word}s`;
  return `${group}${place}/${plural}/${encodeURIComponent(name)}`;
}

/** `Gateway shop/edge`: unique among all objects. */
export function objectKey({ kind, namespace, name }: ObjectRef): string {
  return `${kind} ${namespace}/${name}`;
}

/** `gateway shop/edge`, `gatewayclass herald`: for people. */
export function objectLabel({ kind, namespace, name }: ObjectRef): string {
  return `${kind.toLowerCase()} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}
