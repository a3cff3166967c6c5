import { type Clock, realClock } from '../observe/clock.ts';
import { answersInTime } from './answers-in-time.ts';
import type { OpsAnswer, OpsRequest } from './ops-server.ts';
import type { ProbeState } from './ops-state.ts';
import { shareQuestion } from './shared-scrape.ts';

type Probe = { readonly GET: (request: OpsRequest) => OpsAnswer | Promise<OpsAnswer> };

/** The paths of the probes: what a kubelet and a balancer ask. */
export function probeRoutes(
  state: ProbeState,
  clock: Clock = realClock,
): { readonly [path in '/startupz' | '/readyz' | '/lb-healthz' | '/livez']: Probe } {
  const alive = shareQuestion(() => answersInTime(state.alive(), clock));
  return {
    '/startupz': { GET: () => verdict(state.started()) },
    '/readyz': { GET: ({ query }) => ready(state, query.has('verbose')) },
    // A Service whose source has not answered must not take the other listeners out of the balancer.
    '/lb-healthz': { GET: () => verdict(state.opened() && !state.draining()) },
    '/livez': { GET: async () => verdict(await alive()) },
  };
}

function verdict(good: boolean): OpsAnswer {
  return good ? { status: 200, body: 'ok\n' } : { status: 503, body: 'no\n' };
}

/** Ready also while draining: kube-proxy uses a terminating pod only as long as it is ready. */
function ready(state: ProbeState, isVerbose: boolean): OpsAnswer {
  const listeners = state.listenersOpen();
  const isEmpty = listeners.length === 0;
  const { status, body } = verdict(
    isEmpty ? state.mayBeEmpty === true && state.opened() : listeners.every(({ open }) => open),
  );
  const lines = listeners.map(
    ({ name, open }) => `[${open ? '+' : '-'}] ${name} ${open ? 'open' : 'closed'}\n`,
  );
  return { status, body: isVerbose ? `${lines.join('')}${body}` : body };
}
