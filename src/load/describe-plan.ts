import { formatCidr } from '../address/cidr.ts';
import { formatSocketAddress } from '../address/socket-address.ts';
import { isHeld, type LoadEndpoint, type LoadPlan, type Work } from './load-plan.ts';

/** What was asked for, in the words of the flags. */
export interface Asked {
  readonly to?: string;
  readonly direct?: string;
  readonly through?: string;
  readonly work: Work;
  readonly keep: boolean;
  readonly send: string;
  readonly clients: readonly string[];
  readonly mode: Mode;
  /** Of a search: what was to hold; `rate` is then that of the step whose figures are told. */
  readonly find?: string;
  /** Of a ramp: from which rate to which, `100..5000`; `rate` likewise. */
  readonly ramp?: string;
  readonly rate: number | 'max' | null;
  readonly arrivals: string | null;
  readonly connections: number | null;
  readonly durationMs: number;
  readonly warmupMs: number;
  readonly payloadBytes: number;
  readonly threads: number;
  readonly verify: boolean;
}

/**
 * Whether connections come whatever the endpoint does, or wait for each other: a stall of the endpoint is seen by
 * everybody who should have come meanwhile, or by those alone who were there.
 */
export type Mode = 'open loop' | 'closed loop' | 'held connections';

export function modeOf({ rate, work }: LoadPlan): Mode {
  if (isHeld(work)) return 'held connections';
  return rate === 'max' ? 'closed loop' : 'open loop';
}

export function describePlan(plan: LoadPlan): Asked {
  const [first, second] = plan.endpoints.map(endpointText);
  const open = modeOf(plan) === 'open loop';
  return {
    ...(second === undefined ? { to: first! } : { direct: first!, through: second }),
    work: plan.work,
    keep: plan.keep,
    send: plan.send,
    clients: plan.clients.map(formatCidr),
    mode: modeOf(plan),
    rate: isHeld(plan.work) ? null : plan.rate,
    arrivals: open ? plan.arrivals : null,
    connections: plan.connections,
    durationMs: plan.durationMs,
    warmupMs: plan.warmupMs,
    payloadBytes: plan.payloadBytes,
    threads: plan.threads,
    verify: plan.verify,
  };
}

/** `127.0.0.1:80` or `unix:/run/app.sock`. */
export function endpointText(endpoint: LoadEndpoint): string {
  return endpoint.kind === 'unix' ? `unix:${endpoint.path}` : formatSocketAddress(endpoint.ip, endpoint.port);
}
