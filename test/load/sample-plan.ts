import type { LoadPlan } from '../../src/load/load-plan.ts';

/** A plan in which a test sets only what matters to it. */
export function planWith(parts: Partial<LoadPlan> & { readonly port?: number } = {}): LoadPlan {
  const { port = 1, ...rest } = parts;
  return {
    endpoints: [{ kind: 'tcp', ip: Uint8Array.of(127, 0, 0, 1), port }],
    work: 'ping',
    keep: false,
    send: 'none',
    clients: [],
    bind: false,
    rate: 200,
    arrivals: 'constant',
    connections: null,
    durationMs: 300,
    warmupMs: 0,
    payloadBytes: 64,
    threads: 1,
    verify: false,
    ...rest,
  };
}
