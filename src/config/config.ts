import type { Cidr } from '../address/cidr.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import type { ClientPrefix, FixedTlv } from '../plan/plan.ts';

/** Endpoints that somebody else knows. `text` is what was written: two that have the same are the same. */
export type SourceName =
  | {
      readonly kind: 'k8s';
      readonly text: string;
      /** null: Herald's own. */
      readonly namespace: string | null;
      readonly service: string;
      /** The name of the Service's port, or its number; empty where only addresses are asked for, or for the only port. */
      readonly port: string;
    }
  | {
      readonly kind: 'dns';
      readonly text: string;
      readonly host: string;
      /** 0 where only addresses are asked for. */
      readonly port: number;
    }
  | { readonly kind: 'srv'; readonly text: string; readonly host: string };

/** One piece of `--to`. */
export type EndpointName = ParsedAddress | SourceName;

/** `--trust`, `--headerless`: who is meant. `unix` stands for every peer of a unix socket. */
export interface PeerSet {
  readonly cidrs: readonly Cidr[];
  readonly unix: boolean;
  /** Whoever these are right now. */
  readonly names: readonly SourceName[];
}

/** `--affinity`: whether a client stays with its endpoint, and how long after its last connection. */
export type AffinityOption =
  | { readonly kind: 'none' | 'service' }
  | { readonly kind: 'client-ip'; readonly ms: number };

/** `--tlv`, all its values together. */
export interface TlvOptions {
  readonly pass: 'all' | readonly number[];
  readonly add: readonly FixedTlv[];
}

/** One listener, complete: every default is in. Durations are milliseconds (0: off), sizes bytes. */
export interface ListenerOptions {
  readonly name: string;
  readonly listen: ParsedAddress;
  readonly to: readonly EndpointName[];
  readonly acceptProxy: 'none' | 'v1' | 'v2' | 'any';
  readonly trust: PeerSet;
  readonly headerless: PeerSet;
  readonly proxyHeader: 'required' | 'optional';
  readonly headerTimeout: number;
  readonly maxHeader: number;
  readonly present: 'none' | 'v1' | 'v2' | 'transparent' | 'forwarded';
  readonly tlv: TlvOptions;
  readonly crc32c: boolean;
  readonly uniqueId: boolean;
  readonly forwardedTrust: PeerSet;
  /** Addresses of this host that clients may be presented by. */
  readonly allowLocalClients: readonly Cidr[];
  readonly balance: 'round-robin' | 'least-sessions' | 'random-two' | 'client-hash';
  readonly trafficPolicy: 'Cluster' | 'Local' | 'PreferLocal' | 'service';
  readonly affinity: AffinityOption;
  readonly family: 'auto' | '4' | '6';
  /** Endpoints of sources outside of these are refused; empty: none is. */
  readonly endpointCidrs: readonly Cidr[];
  /** How often an endpoint is checked, in milliseconds; 0: not at all. */
  readonly probe: number;
  readonly probeHeader: 'local' | 'none';
  readonly onEndpointGone: 'keep' | 'close';
  readonly ejectAfter: number;
  readonly ejectFor: number;
  /** A share from 0 to 1. */
  readonly ejectMax: number;
  /** Empty: the kernel chooses. */
  readonly dialFrom: readonly Cidr[];
  readonly connectTimeout: number;
  readonly attempts: number;
  readonly reuse: 'safe' | 'always' | 'never';
  readonly idleTimeout: number;
  readonly halfCloseTimeout: number;
  readonly keepalive: number;
  readonly tcpUserTimeout: number;
  readonly maxSessionAge: number;
  /** null: what descriptors and memory allow. */
  readonly maxSessions: number | null;
  /** 0: no limit. */
  readonly maxSessionsPerClient: number;
  readonly clientPrefix: ClientPrefix;
  readonly overLimit: 'wait' | 'refuse';
}

/** The address of --metrics, --admin or --service-health. `asked`: it is in the configuration, so a port in use is an error and not a warning. */
export interface OpsAddress {
  readonly address: ParsedAddress | null;
  readonly asked: boolean;
}

/** Options of the process, complete. */
export interface ProcessOptions {
  readonly engine: 'auto' | 'epoll' | 'net';
  /** null: as many as the container's share of processors allows. */
  readonly threads: number | null;
  readonly metrics: OpsAddress;
  readonly admin: OpsAddress;
  readonly serviceHealth: OpsAddress;
  readonly drainDelay: number;
  readonly drainTimeout: number;
  /** null: not known, and then no endpoint is local. */
  readonly nodeName: string | null;
  readonly zone: string | null;
  /** null: the variable KUBECONFIG, in a cluster the pod's own account. */
  readonly kubeconfig: string | null;
  readonly kubeContext: string | null;
  readonly watchConfig: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'auto' | 'json' | 'text';
  readonly accessLog: 'none' | 'errors' | 'all';
  readonly logClients: 'full' | 'prefix' | 'none';
  /** Types of TLVs whose text joins the access log. */
  readonly logTlvs: readonly number[];
}

/** A whole configuration: from flags, environment and file, checked, with every default. */
export interface Config {
  readonly process: ProcessOptions;
  readonly listeners: readonly ListenerOptions[];
  /** Things that are allowed but deserve a word at start, each one line. */
  readonly warnings: readonly string[];
  /** Remarks for `--log-level debug`: unknown `HERALD_*` variables. */
  readonly remarks: readonly string[];
  /** The configuration as text values, defaults in, as `/config` shows it: the shape of a file. */
  readonly written: unknown;
  /** Of `written`: `herald_build_info` shows it. 12 hexadecimal digits. */
  readonly hash: string;
}
