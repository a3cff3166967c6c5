import type { Log } from '../observe/log.ts';
import type { Plan } from '../plan/plan.ts';
import type { SharedState } from '../shared-memory/shared-state.ts';
import type { TransparentHost } from './transparent-host.ts';

/**
 * What `--present transparent` needs of this host, for the plans of the keeper.
 *
 *     ready(plan) ── no transparent listener ──▶ nothing of Linux is loaded
 *          └──────── some ──▶ TransparentHost ──┬─ transparent-probe: may this process bind a client's address; do routes exist
 *                             (looks each second)└─ read-host-addresses: no client may claim one of this host's own
 *
 * `herald routes` (run-routes) adds, removes and shows the rules and routes of transparent-routes, by netlink.
 */
export interface TransparentSupport {
  /** Rejects with a `StartError` if this machine lacks something that the plan needs. */
  ready(plan: Plan): Promise<void>;
  stop(): void;
}

export function createTransparentSupport(state: SharedState, log: Log): TransparentSupport {
  let support: TransparentHost | null = null;
  return {
    ready: async (plan) => {
      const listeners = plan.listeners.filter(({ presentation }) => presentation.form === 'transparent');
      if (listeners.length === 0) {
        // Sessions of an earlier plan may still be open, so the addresses are read until the end.
        support?.check(new Set());
        return;
      }
      const { TransparentHost } = await import('./transparent-host.ts');
      support ??= new TransparentHost(state, log);
      const endpoints = listeners.flatMap(({ snapshot }) => snapshot.endpoints);
      support.check(new Set(endpoints.map(({ ip }) => (ip.length === 4 ? 4 : 6))));
    },
    stop: () => support?.stop(),
  };
}
