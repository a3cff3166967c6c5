import { formatCidr } from '../address/cidr.ts';
import { formatSocketAddress } from '../address/socket-address.ts';
import { isHeld, type LoadEndpoint, type LoadPlan, type Work } from './load-plan.ts';
import { rateText } from './units.ts';

/** The plan in terms of the flags: the key `asked` of the JSON. */
export interface Asked {
  readonly to?: string;
  readonly direct?: string;
  readonly through?: string;
  readonly work: Work;
  readonly keep: boolean;
  readonly send: string;
  readonly clients: readonly string[];
  readonly mode: Mode;
  /** The condition of `--find`; `rate` is then the rate of the step whose figures are reported. */
  readonly find?: string;
  /** The range of `--ramp`, `100..5000`; `rate` as with `find`. */
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
 * Open loop: arrivals do not wait for the endpoint, so a stall delays every arrival that was due during it. Closed
 * loop: each connection waits for its answer, so a stall delays only the requests that were outstanding.
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

/** What the mode means for the figures. */
export const MODE_TEXTS = {
  'open loop': 'open loop: arrivals do not wait for the endpoint; times count from the due time',
  'closed loop': 'closed loop: connections wait for answers; a stall delays only outstanding requests',
  'held connections': 'connections stay open to the end',
} as const;

/** The title of a run: `http to 127.0.0.1:80, 1,000/s poisson, 10 s, 1 thread`. */
export function runTitle(asked: Asked): string {
  const where = asked.to ?? `${asked.through} compared with ${asked.direct}`;
  const kept = asked.keep ? ' kept' : '';
  const send = asked.send === 'none' ? '' : `, PROXY ${asked.send}`;
  const threads = `${asked.threads} thread${asked.threads === 1 ? '' : 's'}`;
  return `${asked.work}${kept} to ${where}${send}, ${paceText(asked)}, ${lengthText(asked)}, ${threads}`;
}

function paceText({ rate, connections, arrivals, find, ramp }: Asked): string {
  if (find !== undefined) return `the highest rate with ${find}, ${arrivals}`;
  if (ramp !== undefined) return `${ramp.split('..').map(Number).map(rateText).join(' to ')}/s ${arrivals}`;
  if (rate === null) return `${connections} connections`;
  return rate === 'max' ? `as fast as ${connections} connections can` : `${rateText(rate)}/s ${arrivals}`;
}

function lengthText({ durationMs, find }: Asked): string {
  return find === undefined ? `${durationMs / 1000} s` : `steps of ${durationMs / 1000} s or more`;
}
