// What a complete configuration is. How one comes about:
//
//     flags ──────▶ flagSettings ────┐                      config-from-flags.ts  edge, sidecar
//     environment ▶ readEnvironment ─┤                      config-from-file.ts   run
//     file ───────▶ readDocument ▶ readContent ─┐           config-from-value.ts  library
//     value ──────────────────────▶ readContent ┤
//                                               ▼
//            Settings: texts by key, each with its place, under present names (former-names.ts)
//                                               ▼
//     completeConfig: values parsed by type, defaults filled in (read-options.ts), options checked against each other
//     (listener-checks.ts, config-checks.ts), warnings.ts ──▶ Config, or one ConfigError with every mistake
//
// Flags take precedence over environment, environment over file. An option is one row of LISTENER_OPTIONS or
// PROCESS_OPTIONS: its flag, variable, key, help, manual, JSON Schema and the type of HeraldConfig derive from that row.

import type { Cidr } from '../address/cidr.ts';
import type { ParsedAddress } from '../address/socket-address.ts';
import type { ClientPrefix, FixedTlv } from '../plan/plan.ts';

/** A source of endpoints. `text` is what was written, and identifies the source. */
export type SourceName =
  | {
      readonly kind: 'k8s';
      readonly text: string;
      /** null: Herald's own namespace. */
      readonly namespace: string | null;
      readonly service: string;
      /** Name or number of the Service's port; empty if only addresses are wanted, or for the only port. */
      readonly port: string;
    }
  | {
      readonly kind: 'dns';
      readonly text: string;
      readonly host: string;
      /** 0 if only addresses are wanted. */
      readonly port: number;
    }
  | { readonly kind: 'srv'; readonly text: string; readonly host: string }
  /** The instances of the gateway that this process is one of. Only `herald gateway` has it. */
  | { readonly kind: 'instances'; readonly text: string };

/** What a destination is called: one address, or a source of addresses. */
export type EndpointName = ParsedAddress | SourceName;

/** One item of `--to`, with its share of the sessions. */
export interface Destination {
  /** null: a destination that is not valid. It is never dialed, and its share of the sessions is refused. */
  readonly name: EndpointName | null;
  /** Its share of new sessions, in relation to the other weights. 0: it gets none. */
  readonly weight: number;
  /** Used only while no other destination has a usable endpoint. */
  readonly backup: boolean;
}

/** `--listen`: an address, or the name of a socket that systemd passes. */
export type ListenName = ParsedAddress | { readonly kind: 'systemd'; readonly name: string };

/** A set of peers (`--trust`, `--headerless`). `unix` stands for every peer of a unix socket. */
export interface PeerSet {
  readonly cidrs: readonly Cidr[];
  readonly unix: boolean;
  /** Sources whose current addresses are in the set. */
  readonly names: readonly SourceName[];
}

/** `--affinity`: whether a client stays with its endpoint, and how long after its last connection. */
export type AffinityOption =
  | { readonly kind: 'none' | 'service' }
  | { readonly kind: 'client-ip'; readonly ms: number };

/** All values of `--tlv` together. */
export interface TlvOptions {
  readonly pass: 'all' | readonly number[];
  readonly add: readonly FixedTlv[];
}

/** One listener with every default. Durations are milliseconds (0: off), sizes bytes. */
export interface ListenerOptions {
  readonly name: string;
  /** The object of the cluster that it is for, for people: `service shop/web:443`. null: it comes from flags or a file. */
  readonly object: string | null;
  readonly listen: ListenName;
  readonly to: readonly Destination[];
  /**
   * Whether sessions are shared among the destinations by their weights; else the endpoints of all of them are one pool. It is
   * set by any --weight or --backup, also by a weight of 1.
   */
  readonly weighted: boolean;
  /** Whether a destination without a usable endpoint refuses its share of the sessions; else the others get it. No flag. */
  readonly refusesEmptyShares: boolean;
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
  /** Addresses of this host that a client may have with `transparent`. */
  readonly allowLocalClients: readonly Cidr[];
  readonly balance: 'round-robin' | 'least-sessions' | 'random-two' | 'client-hash' | 'named';
  /** Heralds that carry sessions on to the endpoints of their own nodes (`transparent`); null: endpoints of other nodes are not used. */
  readonly hops: SourceName | null;
  readonly trafficPolicy: 'Cluster' | 'Local' | 'PreferLocal' | 'service';
  readonly affinity: AffinityOption;
  readonly family: 'auto' | '4' | '6';
  /** Endpoints of sources outside these ranges are refused; empty: all are accepted. */
  readonly endpointCidrs: readonly Cidr[];
  /** Interval of health checks in milliseconds; 0: none. */
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

/** Options of the process with every default. */
export interface ProcessOptions {
  readonly engine: 'auto' | 'epoll' | 'net';
  /** null: by the processors of the container. */
  readonly threads: number | null;
  readonly reusePort: boolean;
  readonly metrics: OpsAddress;
  readonly admin: OpsAddress;
  readonly serviceHealth: OpsAddress;
  readonly drainDelay: number;
  readonly drainTimeout: number;
  /** null: not known; no endpoint is local then. */
  readonly nodeName: string | null;
  readonly zone: string | null;
  /** `herald echo`s in ordinary pods, one on each node; this node proves itself with its own. Empty: it does not. */
  readonly nodeEcho: readonly EndpointName[];
  /** null: the variable KUBECONFIG, in a cluster the pod's own account. */
  readonly kubeconfig: string | null;
  readonly kubeContext: string | null;
  readonly watchConfig: boolean;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly logFormat: 'auto' | 'json' | 'text';
  readonly accessLog: 'none' | 'errors' | 'all';
  readonly logClients: 'full' | 'prefix' | 'none';
  /** Types of TLVs whose text is added to the access log. */
  readonly logTlvs: readonly number[];
}

/** A whole configuration: from flags, environment and file, checked, with every default. */
export interface Config {
  readonly process: ProcessOptions;
  readonly listeners: readonly ListenerOptions[];
  /** Valid but probably unintended, and former names; one line each, logged at start. */
  readonly warnings: readonly string[];
  /** Remarks for `--log-level debug`: unknown `HERALD_*` variables. */
  readonly remarks: readonly string[];
  /** The configuration with defaults in the shape of a file, as `/config` shows it. */
  readonly written: unknown;
  /** Hash of `written` for `herald_build_info`: 12 hexadecimal digits. */
  readonly hash: string;
}

/** The same with the addresses of the sockets that systemd passed: what can be opened. */
export interface ResolvedConfig extends Config {
  readonly listeners: readonly ResolvedListener[];
}

export interface ResolvedListener extends ListenerOptions {
  readonly listen: ParsedAddress;
}
