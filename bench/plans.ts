import type { LoadPlan } from '../src/load/load-plan.ts';
import type { Subject } from './scenario.ts';

const LOOPBACK = new Uint8Array([127, 0, 0, 1]);

/** A plan for `herald load`: one thread, the machine's own address, HTTP, and what the scenario sets. */
export function planOf({ running, quick }: Subject, asked: Partial<LoadPlan>): LoadPlan {
  const share = quick ? 0.5 : 1;
  const { durationMs = 0, warmupMs = 0 } = asked;
  return {
    endpoints: [{ kind: 'tcp', ip: LOOPBACK, port: running.port }],
    work: 'http',
    keep: false,
    send: 'none',
    clients: [],
    bind: false,
    rate: 'max',
    arrivals: 'poisson',
    connections: null,
    payloadBytes: 64,
    threads: 1,
    verify: false,
    ...asked,
    durationMs: durationMs * share,
    warmupMs: warmupMs * share,
  };
}
