import type { Contender } from '../contender.ts';

/** No proxy: the rate of load generator and endpoint alone. */
export const direct: Contender = {
  id: 'direct',
  title: 'direct (no proxy)',
  version: null,
  header: 'none',
  remark: null,
  scenarios: ['short', 'kept', 'bulk-down', 'bulk-up', 'ingress-v1', 'ingress-v2', 'latency'],
  missing: null,
  async start({ endpoints }) {
    const port = Number(endpoints[0]!.split(':')[1]);
    return { port, pids: [], end: () => null, stop: async () => {} };
  },
};
