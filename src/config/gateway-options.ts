import type { Cidr } from '../address/cidr.ts';
import type { TcpAddress } from '../address/socket-address.ts';
import type { Config, PeerSet } from './config.ts';

/** `--namespaces`: `all`, or a label selector as kubectl has it (`team=shop,env in (a,b),!legacy`). */
export type NamespaceChoice =
  | { readonly kind: 'all' }
  | { readonly kind: 'selector'; readonly requirements: readonly LabelRequirement[] };

/** One term of a label selector; all of them must hold. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

/** Ports from `first` to `last`, both included. */
export interface PortSpan {
  readonly first: number;
  readonly last: number;
}

/** `--publish`: the addresses that statuses name. */
export type PublishChoice =
  | { readonly kind: 'nodes' }
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] };

/** Options of `herald gateway` with every default. Durations are milliseconds. */
export interface GatewayOptions {
  /** The loadBalancerClass of Services that are served. */
  readonly class: string;
  /** Of annotations, and of the GatewayClass controller's name: `herald/`. */
  readonly prefix: string;
  readonly namespaces: NamespaceChoice;
  readonly ports: readonly PortSpan[];
  readonly portHold: number;
  readonly defaultPresent: 'none' | 'v1' | 'v2' | 'transparent';
  /** Where other instances hand over sessions for pods of this node; null: nowhere, and no object is served transparently. */
  readonly hopListen: TcpAddress | null;
  /** Names without the prefix. */
  readonly allowAnnotations: readonly string[];
  /** null: statuses name what `publish` says. */
  readonly addressClass: string | null;
  /** null: only with `addressClass`. */
  readonly publish: PublishChoice | null;
  readonly publishMax: number;
  /** A share from 0 to 1 of all sessions. */
  readonly listenerShare: number;
  readonly checkPods: boolean;
  /** Endpoints in these ranges count without a Pod. */
  readonly endpointCidrs: readonly Cidr[];
  readonly metricsAllow: PeerSet;
}

/** `herald gateway`: options of the process, without listeners, and those of the gateway. */
export interface GatewayConfig {
  readonly config: Config;
  readonly gateway: GatewayOptions;
}
