/**
 * One endpoint as its source knows it, before it has a slot: the input of the traffic policy. Plain data.
 * A source without knowledge of pods (static, DNS) reports it as ready and serving, and everything else as unknown.
 */
export interface KnownEndpoint {
  /** 4 or 16 bytes; empty if `path` names a unix socket. */
  readonly ip: Uint8Array;
  /** 0 for a unix socket. */
  readonly port: number;
  readonly path: string | null;
  /** `1.2.3.4:80`, `[::1]:80` or `unix:/path`. It identifies the endpoint. */
  readonly text: string;
  readonly node: string | null;
  readonly zone: string | null;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** Topology hints (`hints.forNodes`, `hints.forZones`); empty without hints. */
  readonly forNodes: readonly string[];
  readonly forZones: readonly string[];
  /**
   * As a hop: the families of the endpoints that it can carry sessions on to, by what its node has proven; absent: of both. It says
   * nothing about `ip`, which may be of the other family.
   */
  readonly forFamilies?: readonly (4 | 6)[];
  /** The SRV record that names it; absent for all other sources. */
  readonly record?: EndpointRecord;
}

/** What an SRV record says of its host (RFC 2782): the lowest priority comes first, and shares follow the weights. */
export interface EndpointRecord {
  readonly host: string;
  readonly priority: number;
  readonly weight: number;
}
