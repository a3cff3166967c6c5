/**
 * One endpoint as its source knows it, before it has a slot: all that traffic policy asks. Plain data.
 * A source that knows nothing of pods (static, DNS) says `ready`, `serving`, and nothing else.
 */
export interface KnownEndpoint {
  /** 4 or 16 bytes; empty where `path` names a unix socket. */
  readonly ip: Uint8Array;
  /** 0 for a unix socket. */
  readonly port: number;
  readonly path: string | null;
  /** `1.2.3.4:80`, `[::1]:80` or `unix:/path`: also what tells it from others. */
  readonly text: string;
  readonly node: string | null;
  readonly zone: string | null;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  /** Topology hints (`hints.forNodes`, `hints.forZones`); empty where there are none. */
  readonly forNodes: readonly string[];
  readonly forZones: readonly string[];
}
