import { type Cidr, parseCidr } from '../address/cidr.ts';
import { createIpSet, ipSetCovers, ipSetHas } from '../address/ip-set.ts';

const setOf = (...texts: readonly string[]) => createIpSet(texts.map((text) => parseCidr(text)!));
const LOOPBACK_V4 = setOf('127.0.0.0/8');
const NEAR = setOf(
  ...['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'],
  ...['::1/128', 'fc00::/7', 'fe80::/10'],
);

/** What a connection does. */
export const WORKS = ['connect', 'ping', 'http', 'bulk', 'idle', 'slow'] as const;
export type Work = (typeof WORKS)[number];

/** Where to connect: an address of 4 or 16 bytes and a port, or a unix socket. */
export type LoadEndpoint =
  | { readonly kind: 'tcp'; readonly ip: Uint8Array; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** What to play, complete. Plain data: every thread gets a copy. */
export interface LoadPlan {
  /** One endpoint, or two that take turns: direct, and through a proxy. */
  readonly endpoints: readonly LoadEndpoint[];
  readonly work: Work;
  /** Many requests a connection instead of one. */
  readonly keep: boolean;
  readonly send: 'none' | 'v1' | 'v2';
  /** Each connection has the next address of these ranges; empty: the machine's own address. */
  readonly clients: readonly Cidr[];
  /** Sockets are bound to the clients' addresses, which belong to this machine. */
  readonly bind: boolean;
  /** Arrivals a second (open loop), or `max`: each connection that is done begins again (closed loop). */
  readonly rate: number | 'max';
  readonly arrivals: 'poisson' | 'constant';
  /** The limit of simultaneous connections; null: as many as the arrivals need. */
  readonly connections: number | null;
  /** Length of the measurement, for each endpoint. */
  readonly durationMs: number;
  /** Load before the measurement. */
  readonly warmupMs: number;
  /** Size of a ping, or of one write of `bulk`. */
  readonly payloadBytes: number;
  readonly threads: number;
  /** Compares the client that the endpoint saw with the client that was sent. */
  readonly verify: boolean;
}

/** Whether the work holds a number of connections open, without arrivals. */
export function isHeld(work: Work): boolean {
  return work === 'bulk' || work === 'idle' || work === 'slow';
}

/** Whether the work consists of requests and answers. */
export function isAsking(work: Work): boolean {
  return work === 'ping' || work === 'http';
}

/** Whether sockets can be bound to these clients: on Linux, all of 127/8 is local for connections to loopback. */
export function canBind(endpoints: readonly LoadEndpoint[], clients: readonly Cidr[]): boolean {
  const isLoopback = (endpoint: LoadEndpoint) =>
    endpoint.kind === 'tcp' && ipSetHas(LOOPBACK_V4, endpoint.ip);
  const isLocal = (cidr: Cidr) => ipSetCovers(LOOPBACK_V4, cidr);
  return clients.length > 0 && clients.every(isLocal) && endpoints.every(isLoopback);
}

/** Loopback, RFC 1918, RFC 4193 or link-local: against any other endpoint `slow` would be an attack. */
export function isNear(endpoint: LoadEndpoint): boolean {
  return endpoint.kind === 'unix' || ipSetHas(NEAR, endpoint.ip);
}
