import type { Cidr } from '../address/cidr.ts';

/** What a connection of the crowd does. */
export const WORKS = ['connect', 'ping', 'http', 'bulk', 'idle', 'slow'] as const;
export type Work = (typeof WORKS)[number];

/** Where to connect: 4 or 16 bytes and a port, or a unix socket. */
export type LoadEndpoint =
  | { readonly kind: 'tcp'; readonly ip: Uint8Array; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** All that a run is asked for. Plain data: every thread gets a copy. */
export interface LoadPlan {
  /** One, or two that take turns: direct, and through what stands between. */
  readonly endpoints: readonly LoadEndpoint[];
  readonly work: Work;
  /** Many requests a connection, not one. */
  readonly keep: boolean;
  readonly send: 'none' | 'v1' | 'v2';
  /** Ranges of which each connection has an address of its own; none: the machine's own. */
  readonly clients: readonly Cidr[];
  /** Sockets are bound to the clients' addresses, which are this machine's. */
  readonly bind: boolean;
  /** Arrivals a second, whatever the endpoint does (open loop); `max`: whoever is done begins anew (closed loop). */
  readonly rate: number | 'max';
  readonly arrivals: 'poisson' | 'constant';
  /** Connections at once; null: as many as the arrivals need. */
  readonly connections: number | null;
  /** Of the measurement, for each endpoint. */
  readonly durationMs: number;
  /** Before it, not measured. */
  readonly warmupMs: number;
  /** Of a ping, or of one write of `bulk`. */
  readonly payloadBytes: number;
  readonly threads: number;
  /** Compares whom the endpoint saw with whom was sent. */
  readonly verify: boolean;
}

/** Works that hold so many connections and have no arrivals. */
export function isHeld(work: Work): boolean {
  return work === 'bulk' || work === 'idle' || work === 'slow';
}

/** Works whose connections ask, and get an answer. */
export function isAsking(work: Work): boolean {
  return work === 'ping' || work === 'http';
}
