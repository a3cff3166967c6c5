import { parseIp } from '../../src/address/ip.ts';
import type { Address } from '../../src/session/client.ts';
import { Ledger } from '../../src/session/ledger.ts';
import type { ListenerRules } from '../../src/session/listener-rules.ts';
import {
  COUNTER,
  type CounterName,
  HISTOGRAM_AT,
  HISTOGRAMS,
  type HistogramName,
} from '../../src/shared-memory/counters.ts';
import { endpointAt, listenerPlan, type PlanParts } from '../helpers/engine-harness.ts';
import { createWorker } from './worker.ts';

export const PEER: Address = { ip: parseIp('10.0.0.1')!, port: 1111 };
/** The refusal of a client that is at its limit of sessions. */
export const OVER = { reason: 'over_client_limit', detail: null } as const;
export const UNIX = { kind: 'unix', path: '/run/herald.sock' } as const;
export const LOCAL: Address = { ip: parseIp('10.0.0.2')!, port: 2222 };
export const ENDPOINTS = [endpointAt(8001, 0), endpointAt(8002, 1)];
export const [FIRST, SECOND] = ENDPOINTS as [(typeof ENDPOINTS)[0], (typeof ENDPOINTS)[0]];

export function create({
  logTlvs = [],
  clients = 100,
  ...parts
}: PlanParts & { logTlvs?: readonly number[]; clients?: number } = {}) {
  const worker = createWorker({ logTlvs, clients });
  const rules = worker.rules(listenerPlan({ endpoints: ENDPOINTS, ...parts }));
  const open = (peer: Address | null = PEER, local: Address | null = LOCAL) => new Ledger(rules, peer, local);
  return { ...worker, rules, open };
}

export const count = (rules: ListenerRules, name: CounterName) => rules.counters[COUNTER[name]];

/** How many durations a histogram holds, and their sum. */
export function observed(rules: ListenerRules, name: HistogramName): [count: number, ms: number] {
  const at = HISTOGRAM_AT[name];
  const sumAt = at + HISTOGRAMS[name].length + 1;
  return [rules.counters.subarray(at, sumAt).reduce((sum, cell) => sum + cell, 0), rules.counters[sumAt]!];
}

export function connect(session: Ledger, endpoint = FIRST): void {
  session.identified(null);
  session.dialing(endpoint);
  session.connected();
}

export const LIMITED: PlanParts = { limits: { maxSessionsPerClient: 1 } };
