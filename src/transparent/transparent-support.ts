import type { Log } from '../observe/log.ts';
import type { Plan } from '../plan/plan.ts';
import type { SharedState } from '../shared-memory/shared-state.ts';
import type { TransparentHost } from './transparent-host.ts';

/** What is done for listeners that present the client transparently, before an engine serves them. */
export interface TransparentSupport {
  /** Rejects with a `StartError` if this machine lacks something that the plan needs. */
  ready(plan: Plan): Promise<void>;
  stop(): void;
}

/** Nothing of Linux is loaded for plans that need nothing. */
export function createTransparentSupport(state: SharedState, log: Log): TransparentSupport {
  let support: TransparentHost | null = null;
  return {
    ready: async (plan) => {
      const listeners = plan.listeners.filter(({ presentation }) => presentation.form === 'transparent');
      if (listeners.length === 0) {
        // Sessions of a plan before this one may still be served: this host's addresses are looked at until the end.
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
