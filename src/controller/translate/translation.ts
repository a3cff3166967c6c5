import type { GatewayOptions } from '../../config/gateway-options.ts';
import type { ServiceObject } from '../objects/cluster-objects.ts';
import type { ObjectRef } from '../objects/object-path.ts';

/** One destination of a listener. */
export interface DestinationWish {
  /** `k8s:shop/web:https`, as for `--to`; null: an invalid backend, whose share of clients is refused. */
  readonly endpoint: string | null;
  readonly weight: number;
}

/** A listener to be opened: texts, as flags of `herald edge` would have them. */
export interface OpenWish {
  /** Its name in metrics and logs. */
  readonly name: string;
  /** null: it is for no object in particular. */
  readonly object: string | null;
  /** `:443`, `10.0.0.1:443`. */
  readonly listen: string;
  readonly port: number;
  /** Options that differ from the defaults of `herald edge`: `{ present: 'v2', idleTimeout: '5m' }`. */
  readonly settings: { readonly [option: string]: string };
  readonly to: readonly DestinationWish[];
  /** A destination without a usable endpoint refuses its share, instead of leaving it to the others (routes). */
  readonly refusesEmptyShares: boolean;
}

/** A listener that an object asks for. Its name is `shop/web:443`. */
export interface ListenerWish extends OpenWish {
  /** `service shop/web:443`, `tcproute shop/db`: the object that it is for, for people. */
  readonly object: string;
  /** The Service or Gateway that has the port. */
  readonly owner: ObjectRef;
  /** The namespace whose port this is (G2). */
  readonly namespace: string;
}

/** What is carried on transparently, by whichever instance has the port: pods of all of it may be on this node (G12). */
export interface TransparentWish {
  /** `k8s:shop/web:https`. */
  readonly endpoint: string;
  readonly service: ServiceObject;
}

/** A condition as it should be; `lastTransitionTime` is added by whoever writes it. */
export interface ConditionWish {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

export interface IngressWish {
  readonly ip?: string;
  readonly hostname?: string;
  readonly ipMode?: 'Proxy';
  readonly ports: readonly {
    readonly port: number;
    readonly protocol: 'TCP' | 'UDP' | 'SCTP';
    readonly error?: string;
  }[];
}

/** The status that an object should have. `generation`: the object's, for `observedGeneration`. */
export type StatusWish =
  | { readonly of: 'Service'; readonly ref: ObjectRef; readonly ingress: readonly IngressWish[] }
  | {
      readonly of: 'GatewayClass';
      readonly ref: ObjectRef;
      readonly generation: number;
      readonly conditions: readonly ConditionWish[];
      readonly supportedFeatures: readonly string[];
    }
  | {
      readonly of: 'Gateway';
      readonly ref: ObjectRef;
      readonly generation: number;
      readonly addresses: readonly { readonly type: 'IPAddress' | 'Hostname'; readonly value: string }[];
      readonly conditions: readonly ConditionWish[];
      readonly listeners: readonly ListenerStatusWish[];
    }
  | {
      readonly of: 'Route';
      readonly ref: ObjectRef;
      readonly generation: number;
      /** Those of this controller; others' entries stay as they are (G7). */
      readonly parents: readonly ParentStatusWish[];
    };

export interface ListenerStatusWish {
  readonly name: string;
  readonly supportedKinds: readonly { readonly group: string; readonly kind: string }[];
  readonly attachedRoutes: number;
  readonly conditions: readonly ConditionWish[];
}

export interface ParentStatusWish {
  /** As the route wrote it: fields that it did not write are absent. */
  readonly parentRef: {
    readonly group: string;
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
    readonly sectionName?: string;
    readonly port?: number;
  };
  readonly conditions: readonly ConditionWish[];
}

export interface EventWish {
  readonly ref: ObjectRef;
  readonly type: 'Normal' | 'Warning';
  /** A closed set, in CamelCase: `PortConflict`, `PortHeld`, `ClientAddressNotPresented`, … */
  readonly reason: string;
  /** One sentence; the same one that a command line with this mistake would print, if it is one of an option. */
  readonly message: string;
}

/** What the cluster's objects ask of this instance, and what they should be told. */
export interface Translation {
  /** Sorted by name. */
  readonly listeners: readonly ListenerWish[];
  readonly statuses: readonly StatusWish[];
  readonly events: readonly EventWish[];
  /** Absent: no object is served transparently. */
  readonly hop?: HopWish;
}

/** How other instances hand over sessions for pods of this node (G12). */
export interface HopWish {
  readonly listener: OpenWish;
  /** Of the Services that are served transparently. */
  readonly families: readonly (4 | 6)[];
}

/** What becomes of one kind of object. */
export interface Settlement extends Omit<Translation, 'hop'> {
  readonly transparent: readonly TransparentWish[];
}

/** An address that clients may use, of one instance or of a balancer. */
export interface PublishedAddress {
  readonly address: string;
  readonly kind: 'ip' | 'hostname';
  /** The node that it is of; null: of no particular one. */
  readonly node: string | null;
  /** Ports that its instance could not open. */
  readonly failedPorts: readonly number[];
  /** Ports at which a connection to it was seen to lead past Herald. */
  readonly bypassedPorts: readonly number[];
}

/** What translation depends on besides the objects. Plain data: time and I/O are elsewhere (G1). */
export interface GatewayPlace {
  readonly options: GatewayOptions;
  /** Addresses that this instance has, as canonical text: for a Gateway's `spec.addresses`. */
  readonly ownAddresses: readonly string[];
  /** The node of this instance; null: unknown. */
  readonly node: string | null;
  /** Why this node cannot present clients of a family (G12); a family that is absent can be, or is not needed. */
  readonly faults: ReadonlyMap<4 | 6, string>;
  /** Ports that are never opened, and why: `6443` → 'it is a port of Kubernetes'. */
  readonly reservedPorts: ReadonlyMap<number, string>;
  /** The only namespace that may have each of these ports: the one that has it, or had it until lately (G2, `--port-hold`). */
  readonly heldPorts: ReadonlyMap<number, string>;
  /** Listeners that could not be opened here, by name, and why: one sentence. */
  readonly failures: ReadonlyMap<string, string>;
  /** What `--publish` names, or the nodes of the instances (G5b). Sorted, stable. */
  readonly published: readonly PublishedAddress[];
  /** With `--address-class`: the addresses of each object's companion Service, by `service shop/web`, `gateway shop/edge`. */
  readonly companions: ReadonlyMap<string, readonly PublishedAddress[]>;
  /** Whether the API keeps `ipMode` (G5); null: not tried yet. */
  readonly keepsIpMode: boolean | null;
}
