import type { EndpointState } from '../endpoints/endpoint-state.ts';
import { noteFailedConnect } from '../endpoints/endpoint-state.ts';
import type { Probe, ProbeFailure, ProbeTarget } from '../health/probe-target.ts';
import { Prober } from '../health/prober.ts';
import type { Clock } from '../observe/clock.ts';
import { createEndpointLines } from '../observe/endpoint-lines.ts';
import type { Log } from '../observe/log.ts';
import { CONNECT_FAILURES, type ConnectFailure } from '../plan/connect-failure.ts';
import type { KeptListener } from './plan-keeper.ts';

/** Where connects have no timeout of their own a check still has one. */
const TIMEOUT_MS = 2000;

/** What a check that failed is called where connects are told of; null: it says nothing of the endpoint. */
const CONNECT_FAILURE: { readonly [failure in ProbeFailure]: ConnectFailure | null } = {
  refused: 'connect_refused',
  timeout: 'connect_timeout',
  unreachable: 'connect_unreachable',
  reset: 'connect_failed',
  error: 'connect_failed',
  local: null,
};

export interface ChecksParts {
  readonly probe: Probe;
  readonly state: EndpointState;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Active checks of the endpoints in force, once a process: workers read what they find in the shared state. */
export interface Checks {
  follow(listeners: readonly KeptListener[]): void;
  /** What metrics tell; null where the listener checks nothing. */
  facts(listener: KeptListener): { readonly failures: number; readonly down: number } | null;
  stop(): void;
}

export function createChecks({ probe, state, log, clock, random }: ChecksParts): Checks {
  const failures = new Map<string, number>();
  const lines = createEndpointLines(log, clock);
  const prober = new Prober({
    probe,
    random,
    after: clock.after,
    failed: ({ listener, endpoint }, reason) => {
      failures.set(listener, (failures.get(listener) ?? 0) + 1);
      const failure = CONNECT_FAILURE[reason];
      if (failure !== null)
        noteFailedConnect(state, endpoint.slot, CONNECT_FAILURES.indexOf(failure), clock.now());
      log.debug({ listener, endpoint: endpoint.text, reason }, 'a check of an endpoint failed');
    },
    changed: ({ listener, endpoint }, now) => {
      // It accepts connections again: what failed before is no longer in a row with what fails next.
      if (now === 'up') Atomics.store(state.endpointFailures, endpoint.slot, 0);
      Atomics.store(state.probedDown, endpoint.slot, now === 'down' ? 1 : 0);
      Atomics.add(state.ejectionEpoch, 0, 1);
      const fields = { listener, endpoint: endpoint.text };
      if (now === 'down') lines.say('warn', fields, 'an endpoint is down, by its checks');
      if (now === 'up') lines.say('info', fields, 'an endpoint is up again, by its checks');
    },
  });
  return {
    follow: (listeners) => {
      // Of a name that comes back the counter begins anew, as all of its others do.
      const names = new Set(listeners.map(({ options }) => options.name));
      for (const name of failures.keys()) if (!names.has(name)) failures.delete(name);
      prober.watch(listeners.flatMap(targetsOf));
    },
    facts: ({ options: { name, probe: interval } }) =>
      interval === 0 ? null : { failures: failures.get(name) ?? 0, down: prober.down(name) },
    stop() {
      prober.stop();
      lines.stop();
    },
  };
}

/** What traffic policy leaves is checked: the rest may be on its way out, and its failures are no news. */
function targetsOf({ options, plan }: KeptListener): ProbeTarget[] {
  if (options.probe === 0) return [];
  return plan.snapshot.endpoints.map((endpoint) => ({
    listener: plan.name,
    endpoint,
    intervalMs: options.probe,
    timeoutMs: options.connectTimeout || TIMEOUT_MS,
    header: headerOf(options),
  }));
}

/** Only an endpoint that reads headers of clients is sent one of ours. */
function headerOf({ probeHeader, present }: KeptListener['options']): ProbeTarget['header'] {
  return probeHeader === 'local' && (present === 'v1' || present === 'v2') ? present : 'none';
}
