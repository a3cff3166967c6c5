import type { ReadyNodes } from '../../discovery/kubernetes/ready-nodes.ts';
import type { Service } from '../../discovery/kubernetes/service.ts';

export type { ReadyNodes };

// What the controller keeps of the cluster's objects. Objects are untrusted: they are read field by field when they arrive
// (read-*.ts), a field of the wrong type counts as absent, and what cannot be read is ignored.

/** What every object has. `createdMs`: creationTimestamp in milliseconds since 1970; 0 if it cannot be read. */
export interface ObjectFacts {
  /** Empty for objects of the cluster. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly version: string;
  readonly generation: number;
  readonly createdMs: number;
  readonly isDeleted: boolean;
  readonly annotations: { readonly [name: string]: string };
}

/** A port of a Service. */
export interface ServicePort {
  /** Empty for the only, unnamed port. */
  readonly name: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  /** 0: none is allocated. */
  readonly nodePort: number;
}

/** One entry of `status.loadBalancer.ingress`. */
export interface IngressAddress {
  readonly ip: string | null;
  readonly hostname: string | null;
  readonly ipMode: string | null;
  readonly ports: readonly IngressPort[];
}

export interface IngressPort {
  readonly port: number;
  readonly protocol: string;
  readonly error: string | null;
}

export interface ServiceObject extends ObjectFacts {
  /** The parts that endpoint discovery uses. */
  readonly service: Service;
  readonly type: string;
  readonly loadBalancerClass: string | null;
  readonly servicePorts: readonly ServicePort[];
  readonly ipFamilies: readonly (4 | 6)[];
  /** Addresses of its own: clusterIPs, without `None`. No endpoint may have one. */
  readonly clusterIps: readonly string[];
  readonly hasSourceRanges: boolean;
  readonly ingress: readonly IngressAddress[];
  readonly labels: { readonly [name: string]: string };
}

/** One condition of a status, as it was observed. */
export interface ObservedCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
}

export interface GatewayClassObject extends ObjectFacts {
  readonly controllerName: string;
  readonly hasParameters: boolean;
  readonly conditions: readonly ObservedCondition[];
  readonly supportedFeatures: readonly string[];
}

/** Which namespaces' routes may attach to a listener. `selector` is the raw label selector. */
export type AllowedNamespaces =
  | { readonly from: 'All' | 'Same' | 'None' }
  | { readonly from: 'Selector'; readonly selector: unknown };

export interface RouteKind {
  readonly group: string;
  readonly kind: string;
}

export interface GatewayListener {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly hostname: string | null;
  readonly allowedNamespaces: AllowedNamespaces;
  /** null: those of the protocol. */
  readonly allowedKinds: readonly RouteKind[] | null;
  /** `tls` as it was written, for when TLS is served; null: absent. */
  readonly tls: unknown;
}

export interface ObservedListener {
  readonly name: string;
  readonly attachedRoutes: number;
  readonly supportedKinds: readonly RouteKind[];
  readonly conditions: readonly ObservedCondition[];
}

export interface GatewayAddress {
  readonly type: string;
  /** Empty: any address. */
  readonly value: string;
}

export interface GatewayObject extends ObjectFacts {
  readonly className: string;
  readonly listeners: readonly GatewayListener[];
  readonly addresses: readonly GatewayAddress[];
  readonly hasParameters: boolean;
  readonly conditions: readonly ObservedCondition[];
  readonly observedListeners: readonly ObservedListener[];
  readonly observedAddresses: readonly GatewayAddress[];
}

/** `parentRef` of a route. Fields that were not written are null, but for group and kind, which have defaults. */
export interface ParentRef {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly sectionName: string | null;
  readonly port: number | null;
}

export interface BackendRef {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly port: number | null;
  readonly weight: number;
}

export interface ObservedParent {
  readonly parentRef: ParentRef;
  readonly controllerName: string;
  readonly conditions: readonly ObservedCondition[];
  /** The entry as it was read, to be written back unchanged if it is another controller's (G7). */
  readonly raw: unknown;
}

/** A TCPRoute. TLSRoute and UDPRoute will have a reader and a kind beside it. */
export interface RouteObject extends ObjectFacts {
  readonly kind: 'TCPRoute';
  /** `v1`, or `v1alpha2` where only that is served. */
  readonly apiVersion: string;
  readonly parentRefs: readonly ParentRef[];
  /** One list a rule; the specification allows one rule for TCPRoute. */
  readonly rules: readonly (readonly BackendRef[])[];
  readonly parents: readonly ObservedParent[];
}

export interface GrantObject extends ObjectFacts {
  readonly from: readonly { readonly group: string; readonly kind: string; readonly namespace: string }[];
  /** `name` null: every object of the kind. */
  readonly to: readonly { readonly group: string; readonly kind: string; readonly name: string | null }[];
}

export interface NamespaceObject extends ObjectFacts {
  readonly labels: { readonly [name: string]: string };
}

export interface NodeObject extends ObjectFacts {
  readonly labels: { readonly [name: string]: string };
  /** Keys of its taints. */
  readonly taints: readonly string[];
  readonly isReady: boolean;
  readonly internalIps: readonly string[];
  readonly externalIps: readonly string[];
}

/** An instance of this gateway, as its own Lease tells (G5b). */
export interface InstanceFacts {
  readonly name: string;
  readonly node: string | null;
  readonly addresses: readonly string[];
  readonly failedPorts: readonly number[];
  /** `10.0.0.2:443`: published addresses of others that this one dialed and that led past Herald. */
  readonly bypassed: readonly string[];
  readonly isDraining: boolean;
  /** Its Lease has not expired. */
  readonly isFresh: boolean;
}

/** All objects at one moment, by `namespace/name` (by name for those of the cluster). Each object stays the same until it changes. */
export interface ClusterObjects {
  readonly services: ReadonlyMap<string, ServiceObject>;
  readonly namespaces: ReadonlyMap<string, NamespaceObject>;
  readonly nodes: ReadonlyMap<string, NodeObject>;
  readonly gatewayClasses: ReadonlyMap<string, GatewayClassObject>;
  readonly gateways: ReadonlyMap<string, GatewayObject>;
  /** By `namespace/name`; a second kind of route will have a map of its own. */
  readonly tcpRoutes: ReadonlyMap<string, RouteObject>;
  readonly grants: ReadonlyMap<string, GrantObject>;
  /** The version in which the API has TCPRoutes: `v1`, which it is if this is left out, or `v1alpha2`; null: it has none. */
  readonly tcpRouteVersion?: string | null;
  /** Instances of this gateway, by the name of their Lease. */
  readonly instances: ReadonlyMap<string, InstanceFacts>;
  /** Where a Service (`namespace/name`) has ready endpoints. */
  readyNodes(service: string): ReadyNodes;
}
