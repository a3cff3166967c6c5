import { type ApiObject, sliceEndpoint } from '../helpers/kubernetes-objects.ts';

// Objects as a real API server writes them, so that lists have the size that they have in a cluster.

export const ENDPOINTS_OF_SERVICE = 10;
const NAMESPACES = 20;

export function namespaceOf(n: number): string {
  return `team-${n % NAMESPACES}`;
}

const managedFields = [
  {
    ...{ manager: 'kubectl-client-side-apply', operation: 'Update', apiVersion: 'v1' },
    ...{ time: '2026-11-30T07:00:00Z', fieldsType: 'FieldsV1' },
    fieldsV1: {
      'f:metadata': { 'f:annotations': { '.': {}, 'f:herald/present': {} }, 'f:labels': { '.': {} } },
      'f:spec': { 'f:externalTrafficPolicy': {}, 'f:ports': { '.': {} }, 'f:selector': {}, 'f:type': {} },
    },
  },
];

/** The Service `web-n` of class with two ports. `revision` changes it. */
export function serviceOf(n: number, revision = 0): ApiObject {
  const name = `web-${n}`;
  const ip = `10.96.${n >> 8}.${n & 255}`;
  const annotations = { 'herald/present': 'v2', 'example.com/revision': `${revision}` };
  const spec = {
    ...{ type: 'LoadBalancer', loadBalancerClass: 'herald/edge', clusterIP: ip, clusterIPs: [ip] },
    ...{ externalTrafficPolicy: 'Cluster', internalTrafficPolicy: 'Cluster', ipFamilyPolicy: 'SingleStack' },
    ...{ ipFamilies: ['IPv4'], sessionAffinity: 'None', selector: { app: name } },
    ports: [
      { name: 'http', port: 1024 + 2 * n, targetPort: 8080, protocol: 'TCP', nodePort: 0 },
      { name: 'https', port: 1025 + 2 * n, targetPort: 8443, protocol: 'TCP', nodePort: 0 },
    ],
  };
  const last = JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name, annotations }, spec });
  return {
    ...{ apiVersion: 'v1', kind: 'Service' },
    metadata: {
      ...{ name, namespace: namespaceOf(n), uid: `8f14e45f-ceea-467f-a9b2-${`${n}`.padStart(12, '0')}` },
      creationTimestamp: '2026-11-30T07:00:00Z',
      labels: { app: name, 'app.kubernetes.io/managed-by': 'Helm' },
      annotations: { ...annotations, 'kubectl.kubernetes.io/last-applied-configuration': last },
      ...{ managedFields },
    },
    spec,
    status: { loadBalancer: {} },
  };
}

export function sliceOf(n: number): ApiObject {
  const name = `web-${n}`;
  const namespace = namespaceOf(n);
  const endpoints = Array.from({ length: ENDPOINTS_OF_SERVICE }, (_, at) => {
    const pod = n * ENDPOINTS_OF_SERVICE + at;
    const uid = `c81e728d-9d4c-4f63-8f06-${`${pod}`.padStart(12, '0')}`;
    return sliceEndpoint(`10.${128 + (pod >> 16)}.${(pod >> 8) & 255}.${pod & 255}`, {
      ...{ nodeName: `node-${pod % 100}`, zone: `zone-${pod % 3}` },
      targetRef: { kind: 'Pod', namespace, name: `${name}-7d9c5b6f4-${pod}`, uid },
    });
  });
  return {
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4', endpoints },
    metadata: {
      ...{ name: `${name}-x7k2p`, namespace, uid: `eccbc87e-4b5c-4e2f-8308-${`${n}`.padStart(12, '0')}` },
      labels: {
        'kubernetes.io/service-name': name,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
      ...{ managedFields },
    },
    ports: [
      { name: 'http', port: 8080, protocol: 'TCP' },
      { name: 'https', port: 8443, protocol: 'TCP' },
    ],
  };
}

export function nodeOf(n: number): ApiObject {
  return {
    ...{ apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${n}` } },
    status: {
      addresses: [{ type: 'InternalIP', address: `192.168.${n >> 8}.${n & 255}` }],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
}

export function namespaceObject(n: number): ApiObject {
  const name = namespaceOf(n);
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { team: name } } };
}
