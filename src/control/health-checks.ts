import type { EndpointState } from '../endpoints/endpoint-state.ts';
import { noteFailedConnect } from '../endpoints/endpoint-state.ts';
import type { Probe, ProbeFailure, ProbeTarget } from '../health/probe-target.ts';
import { Prober } from '../health/prober.ts';
import type { Clock } from '../observe/clock.ts';
import { createEndpointLines } from '../observe/line-limiter.ts';
import type { Log } from '../observe/log.ts';
import { CONNECT_FAILURES, type ConnectFailure } from '../plan/connect-failure.ts';
import type { KeptListener } from './kept-listener.ts';

/** The timeout of a check if `--connect-timeout` is 0. */
const TIMEOUT_MS = 2000;

/** The connect failure that a failed check counts as; null: the cause is on this host, and says nothing about the endpoint. */
const CONNECT_FAILURE: { readonly [failure in ProbeFailure]: ConnectFailure | null } = {
  refused: 'connect_refused',
  timeout: 'connect_timeout',
  unreachable: 'connect_unreachable',
  reset: 'connect_failed',
  error: 'connect_failed',
  local: null,
};

export interface HealthChecksParts {
  readonly probe: Probe;
  readonly state: EndpointState;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Active health checks of the endpoints in force, one set for the process. Workers read the results in the shared state. */
export interface HealthChecks {
  follow(listeners: readonly KeptListener[]): void;
  /** For metrics; null if the listener has no health checks. */
  facts(listener: KeptListener): { readonly failures: number; readonly down: number } | null;
  stop(): void;
}

export function createHealthChecks({ probe, state, log, clock, random }: HealthChecksParts): HealthChecks {
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
      log.debug({ listener, endpoint: endpoint.text, reason }, 'health check failed');
    },
    changed: ({ listener, endpoint }, now) => {
      // Earlier connect failures are no longer in a row with later ones, since it accepts connections again.
      if (now === 'up') Atomics.store(state.endpointFailures, endpoint.slot, 0);
      Atomics.store(state.probedDown, endpoint.slot, now === 'down' ? 1 : 0);
      Atomics.add(state.ejectionEpoch, 0, 1);
      const fields = { listener, endpoint: endpoint.text };
      if (now === 'down') lines.write('warn', fields, 'endpoint down: its health checks fail');
      if (now === 'up') lines.write('info', fields, 'endpoint up again: its health checks succeed');
    },
  });
  return {
    follow: (listeners) => {
      // If a listener of this name comes back, its counter starts at 0, as all of its counters do.
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

/** Only endpoints that traffic policy allows are checked. The others may be shutting down, where failures are expected. */
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

/** A LOCAL header is sent only to endpoints that expect PROXY headers from Herald. */
function headerOf({ probeHeader, present }: KeptListener['options']): ProbeTarget['header'] {
  return probeHeader === 'local' && (present === 'v1' || present === 'v2') ? present : 'none';
}
