import type { Contender } from '../contender.ts';

/** No proxy: what load generator and endpoint reach by themselves. */
export const direct: Contender = {
  id: 'direct',
  title: 'direct (no proxy)',
  version: null,
  header: 'none',
  remark: null,
  scenarios: ['short', 'kept', 'bulk'],
  missing: null,
  start: async ({ endpoint }) => ({ port: endpoint, pid: null, end: () => null, stop: async () => {} }),
};
