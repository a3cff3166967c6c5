import type { KeptListener } from '../control/kept-listener.ts';
import type { EndpointState } from '../endpoints/endpoint-state.ts';
import type { Endpoint } from '../endpoints/snapshot.ts';
import type { Clock } from '../observe/clock.ts';
import { createEndpointLines } from '../observe/line-limiter.ts';
import type { Log } from '../observe/log.ts';
import { CONNECT_FAILURES } from '../plan/connect-failure.ts';
import type { ListenerPlan } from '../plan/plan.ts';
import { isFailing } from './pool-status.ts';

/** How often the shared state is read. Workers only count there; they send no message about endpoints. */
const LOOK_MS = 1000;

/** What the log has said about an endpoint so far. */
interface Reported {
  /** Listener and endpoint, because a slot is given to another endpoint later. */
  readonly key: string;
  ejections: number;
  /** The log said that it is ejected, and not yet that it is back. */
  ejected: boolean;
  /** The log said that it fails without being ejected, and not yet that it works again. */
  failing: boolean;
  /** Failures in a row when its last ejection was over. Only more than these are new failures. */
  failuresBefore: number;
}

/** Logs when endpoints are ejected or fail, and when they are back, for all engines. */
export interface EndpointWatch {
  /** Watches only the endpoints of these listeners from now on. */
  follow(listeners: readonly KeptListener[]): void;
  stop(): void;
}

export function createEndpointWatch(state: EndpointState, log: Log, clock: Clock): EndpointWatch {
  let plans: readonly ListenerPlan[] = [];
  /**
   * By slot, only for endpoints that have failed. An entry stays while traffic policy leaves its endpoint out, so that nothing
   * is logged twice when the endpoint comes back with its counts.
   */
  const reports = new Map<number, Reported>();
  const lines = createEndpointLines(log, clock);

  function look(plan: ListenerPlan, { slot, text }: Endpoint): void {
    const ejections = Atomics.load(state.ejections, slot);
    const failures = Atomics.load(state.endpointFailures, slot);
    const key = `${plan.name} ${text}`;
    let report = reports.get(slot);
    if (report !== undefined && (report.key !== key || ejections < report.ejections)) report = undefined;
    if (report === undefined && ejections === 0 && !isFailing(plan.ejection, failures)) return;
    report ??= { key, ejections: 0, ejected: false, failing: false, failuresBefore: 0 };
    reports.set(slot, report);
    const endpoint = { listener: plan.name, endpoint: text };
    const reason = CONNECT_FAILURES[Atomics.load(state.lastFailure, slot)]!;
    if (ejections !== report.ejections) {
      const times = ejections - report.ejections;
      const fields = { ...endpoint, reason, failures, forMs: plan.ejection.forMs };
      lines.write('warn', times > 1 ? { ...fields, times } : fields, 'endpoint ejected: its connects fail');
      Object.assign(report, { ejections, ejected: true, failing: false });
    }
    if (report.ejected && state.ejectedUntil[slot]! <= clock.now()) {
      Object.assign(report, { ejected: false, failuresBefore: failures });
      lines.write('info', endpoint, failures === 0 ? WORKS : 'endpoint no longer ejected; trying it again');
    } else if (report.failing && failures === 0) {
      report.failing = false;
      lines.write('info', endpoint, WORKS);
    } else if (!report.ejected && !report.failing && failures > report.failuresBefore) {
      // An endpoint whose health checks fail is left out without an ejection, and has a line of its own.
      if (!isFailing(plan.ejection, failures) || Atomics.load(state.probedDown, slot) === 1) return;
      report.failing = true;
      const why =
        plan.ejection.after === 0
          ? '--eject-after is 0'
          : 'as many as --eject-max allows are ejected already';
      lines.write('warn', { ...endpoint, reason, failures }, `endpoint fails but is not ejected: ${why}`);
    }
    if (failures === 0) report.failuresBefore = 0;
  }

  function lookAtAll(): void {
    for (const plan of plans) for (const endpoint of plan.snapshot.endpoints) look(plan, endpoint);
    cancel = clock.after(LOOK_MS, lookAtAll);
  }
  let cancel = clock.after(LOOK_MS, lookAtAll);

  return {
    follow(listeners) {
      plans = listeners.map(({ plan }) => plan);
    },
    stop() {
      cancel();
      lines.stop();
    },
  };
}

const WORKS = 'endpoint accepts connections again';
