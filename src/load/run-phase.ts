import { createArrivals } from './arrivals.ts';
import { Crowd } from './crowd.ts';
import type { Phase, PhaseEnd } from './load-messages.ts';
import { isHeld, type LoadPlan } from './load-plan.ts';
import type { PlayedClient } from './played-clients.ts';
import { type Batch, Samples } from './samples.ts';
import type { Sockets } from './sockets.ts';

export interface PhaseParts {
  readonly plan: LoadPlan;
  readonly thread: number;
  readonly phase: Phase;
  /** The start of the run, by the clock of the sockets. */
  readonly startUs: number;
  readonly intervalUs: number;
  readonly sockets: Sockets;
  readonly nextClient: (() => PlayedClient) | null;
  /** Somebody wants the run to end now. */
  readonly stopped: () => boolean;
  readonly report: (interval: number, batch: Batch) => void;
  readonly random: () => number;
  /** Whether it ends where the endpoint does nothing but refuse; later on it may be about to come back. */
  readonly givesUp: boolean;
}

/** Answers that are outstanding at the end are waited for so long. */
const GRACE_US = 1_000_000;
/** `slow`: how often a byte of each header goes out. 52 of them, a version 1 line of IPv4, take 13 s. */
const DRIP_US = 250_000;
/** Arrivals in a row before answers are read again. */
const MOST_ARRIVALS = 256;
const LATE_US = 10_000;
/** An endpoint that refused so many, and all for so long, has nobody there. */
const LEAST_REFUSED = 3;
const PATIENCE_US = 500_000;
const NEVER = Number.POSITIVE_INFINITY;

/** Plays one thread's share of a phase, from its first arrival until the last answer has come or was given up. */
export async function runPhase(parts: PhaseParts): Promise<PhaseEnd> {
  const { plan, thread, phase, startUs, intervalUs, sockets, report } = parts;
  // The phase before may have waited for its last answers: nothing was due meanwhile.
  const began = Math.max(startUs + phase.startUs, sockets.now());
  const fromUs = began + phase.fromUs - phase.startUs;
  let toUs = began + phase.toUs - phase.startUs;
  const samples = new Samples();
  const { endpoint, most } = shareOf(parts);
  const { nextClient } = parts;
  const crowd = new Crowd({ plan, endpoint, sockets, samples, nextClient, most, fromUs, toUs });
  const fills = plan.rate === 'max' || isHeld(plan.work);
  const arrivals = fills
    ? null
    : createArrivals({
        rate: plan.rate as number,
        kind: plan.arrivals,
        thread,
        threads: plan.threads,
        random: parts.random,
      });
  const nextArrival = (): number => (arrivals === null ? NEVER : began + arrivals());
  let due = nextArrival();
  let tickAt = began;
  let dripAt = plan.work === 'slow' ? began : NEVER;
  let waitedAtFrom = sockets.waitedUs();
  let measuring = false;
  let ended = false;
  let refused = false;
  let begun = 0;
  let late = 0;
  let busy = 0;

  const begin = (now: number): boolean => {
    for (let count = 0; due <= now && due < toUs; count++) {
      if (count === MOST_ARRIVALS) return false;
      if (due >= fromUs) {
        begun++;
        if (now - due > LATE_US) late++;
      }
      crowd.arrive(due);
      due = nextArrival();
    }
    return true;
  };
  const tick = (now: number): void => {
    if (!measuring && now >= fromUs) {
      measuring = true;
      waitedAtFrom = sockets.waitedUs();
    }
    const at = Math.min(tickAt, toUs - 1);
    // What is reported now has happened in the interval before.
    report(at <= fromUs || ended ? -1 : Math.ceil((at - fromUs) / intervalUs) - 1, samples.take());
    tickAt = now < fromUs ? Math.min(now + intervalUs, fromUs) : nextTick(now, fromUs, intervalUs);
    if (fills && !ended) crowd.fill();
  };
  const finish = (now: number): void => {
    ended = true;
    toUs = Math.min(toUs, now);
    crowd.end(toUs);
    busy = measuring ? 1 - (sockets.waitedUs() - waitedAtFrom) / Math.max(now - fromUs, 1) : 0;
  };
  const wake = (): void => {
    const now = sockets.now();
    const caughtUp = begin(now);
    if (now >= dripAt) {
      crowd.drip();
      dripAt = now + DRIP_US;
    }
    if (now >= tickAt || (now >= toUs && !ended)) tick(now);
    refused ||= parts.givesUp && isRefused(crowd, now - began);
    if (!ended && (now >= toUs || refused || parts.stopped())) finish(now);
    sockets.setAlarm(
      caughtUp ? Math.min(due < toUs ? due : NEVER, tickAt, dripAt, ended ? NEVER : toUs) : now,
      wake,
    );
  };

  sockets.setAlarm(began, wake);
  const isOver = (): boolean => (due >= toUs && !crowd.isBusy()) || sockets.now() >= toUs + GRACE_US;
  await sockets.run(() => ended && (parts.stopped() || isOver()));
  const open = crowd.size;
  crowd.leave(!parts.stopped());
  report(-1, samples.take());
  return { busy, arrivals: begun, late, open, measuredUs: Math.max(toUs - fromUs, 0), refused };
}

function isRefused({ reached, refused }: Crowd, sinceUs: number): boolean {
  return !reached && refused >= LEAST_REFUSED && sinceUs >= PATIENCE_US;
}

/** The next boundary of an interval behind now. */
function nextTick(now: number, fromUs: number, intervalUs: number): number {
  return fromUs + (Math.floor((now - fromUs) / intervalUs) + 1) * intervalUs;
}

/** The connections of a run, dealt out to its threads. */
function shareOf({ plan, thread, phase }: PhaseParts) {
  const { connections, threads } = plan;
  const most =
    connections === null
      ? NEVER
      : Math.floor(connections / threads) + (thread < connections % threads ? 1 : 0);
  return { endpoint: plan.endpoints[phase.endpoint]!, most };
}
