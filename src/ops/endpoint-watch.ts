import type { KeptListener } from '../control/plan-keeper.ts';
import type { EndpointState } from '../endpoints/endpoint-state.ts';
import type { Endpoint } from '../endpoints/snapshot.ts';
import type { Clock } from '../observe/clock.ts';
import { createEndpointLines } from '../observe/endpoint-lines.ts';
import type { Log } from '../observe/log.ts';
import { CONNECT_FAILURES } from '../plan/connect-failure.ts';
import type { ListenerPlan } from '../plan/plan.ts';
import { isFailing } from './pool-status.ts';

/** How often the shared state is looked at. Workers only count; nothing is sent, whatever they meet. */
const LOOK_MS = 1000;

/** What was said of an endpoint so far. */
interface Said {
  /** Of which listener and endpoint: a slot is another's later. */
  readonly about: string;
  ejections: number;
  /** It was said to be ejected, and not yet that it is back. */
  ejected: boolean;
  /** The same of one that fails and stays in the pick. */
  failing: boolean;
  /** Failures in a row that it had when its ejection was over: it has failed anew only with more of them. */
  failuresBefore: number;
}

/** Logs when endpoints are ejected or fail, and when they are back, whatever engine has noticed it. */
export interface EndpointWatch {
  /** Watches the endpoints of these listeners from now on, and no others. */
  follow(listeners: readonly KeptListener[]): void;
  stop(): void;
}

export function createEndpointWatch(state: EndpointState, log: Log, clock: Clock): EndpointWatch {
  let plans: readonly ListenerPlan[] = [];
  /**
   * By slot: only of endpoints of which there is something to say. One that traffic policy leaves out for a while comes back with
   * its counts: what was said of it before is not said again.
   */
  const said = new Map<number, Said>();
  const { say, stop } = createEndpointLines(log, clock);

  function look(plan: ListenerPlan, { slot, text }: Endpoint): void {
    const ejections = Atomics.load(state.ejections, slot);
    const failures = Atomics.load(state.endpointFailures, slot);
    const name = `${plan.name} ${text}`;
    let about = said.get(slot);
    if (about !== undefined && (about.about !== name || ejections < about.ejections)) about = undefined;
    if (about === undefined && ejections === 0 && !isFailing(plan.ejection, failures)) return;
    about ??= { about: name, ejections: 0, ejected: false, failing: false, failuresBefore: 0 };
    said.set(slot, about);
    const endpoint = { listener: plan.name, endpoint: text };
    const reason = CONNECT_FAILURES[Atomics.load(state.lastFailure, slot)]!;
    if (ejections !== about.ejections) {
      const times = ejections - about.ejections;
      const fields = { ...endpoint, reason, failures, forMs: plan.ejection.forMs };
      say('warn', times > 1 ? { ...fields, times } : fields, 'an endpoint is ejected: its connects fail');
      Object.assign(about, { ejections, ejected: true, failing: false });
    }
    if (about.ejected && state.ejectedUntil[slot]! <= clock.now()) {
      Object.assign(about, { ejected: false, failuresBefore: failures });
      say('info', endpoint, failures === 0 ? WORKS : 'an endpoint is no longer ejected, and is tried again');
    } else if (about.failing && failures === 0) {
      about.failing = false;
      say('info', endpoint, WORKS);
    } else if (!about.ejected && !about.failing && failures > about.failuresBefore) {
      // One that is down by its checks is left out without an ejection, and that is told already.
      if (!isFailing(plan.ejection, failures) || Atomics.load(state.probedDown, slot) === 1) return;
      about.failing = true;
      const why = plan.ejection.after === 0 ? '--eject-after is 0' : '--eject-max allows no more';
      say('warn', { ...endpoint, reason, failures }, `an endpoint fails and is not ejected: ${why}`);
    }
    if (failures === 0) about.failuresBefore = 0;
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
      stop();
    },
  };
}

const WORKS = 'an endpoint accepts connections again';
