import { createArrivals } from './arrivals.ts';
import { Crowd } from './crowd.ts';
import type { Phase, PhaseEnd } from './load-messages.ts';
import { isHeld, type LoadPlan } from './load-plan.ts';
import { Measurement } from './measurement.ts';
import type { PlayedClient } from './played-clients.ts';
import { type Batch, Samples } from './samples.ts';
import type { Sockets } from './sockets.ts';

export interface PhaseParts {
  readonly plan: LoadPlan;
  readonly thread: number;
  readonly phase: Phase;
  /** The start of the run, by the sockets' clock. */
  readonly startUs: number;
  readonly intervalUs: number;
  readonly sockets: Sockets;
  readonly nextClient: (() => PlayedClient) | null;
  /** Whether the run should end now. */
  readonly stopped: () => boolean;
  readonly report: (interval: number, batch: Batch) => void;
  readonly random: () => number;
  /** Whether the phase ends if the endpoint refuses every connection. Later in a run it may be restarting. */
  readonly givesUp: boolean;
}

/** How long outstanding answers are waited for at the end. */
const GRACE_US = 1_000_000;
/** `slow`: the time between two bytes of a header. The 52 bytes of a v1 line for IPv4 take 13 s. */
const DRIP_US = 250_000;
/** Arrivals begun in a row before answers are read again. */
const MAX_ARRIVALS = 256;
/** An arrival that begins later than this is reported as late. */
const LATE_US = 10_000;
/** A phase is given up after at least this many refusals and this time, without a single connection. */
const MIN_REFUSED = 3;
const PATIENCE_US = 500_000;
const NEVER = Number.POSITIVE_INFINITY;
const UNLIMITED = Number.POSITIVE_INFINITY;

/** Plays one thread's share of a phase, until the last answer has come or `GRACE_US` is over. */
export async function runPhase(parts: PhaseParts): Promise<PhaseEnd> {
  const { plan, thread, phase, startUs, intervalUs, sockets, report } = parts;
  // The phase before may have waited for its last answers; this one then starts late, and is as long.
  const began = Math.max(startUs + phase.startUs, sockets.now());
  const fromUs = began + phase.fromUs - phase.startUs;
  let toUs = began + phase.toUs - phase.startUs;
  const samples = new Samples();
  const measurement = new Measurement({ samples, fromUs, toUs, isHeld: isHeld(plan.work) });
  const endpoint = plan.endpoints[phase.endpoint]!;
  const { nextClient } = parts;
  const maxConnections = shareOf(parts);
  const crowd = new Crowd({ plan, endpoint, sockets, measurement, nextClient, maxConnections });
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
      if (count === MAX_ARRIVALS) return false;
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
    // What is reported now happened in the interval that has just ended.
    report(at <= fromUs || ended ? -1 : Math.ceil((at - fromUs) / intervalUs) - 1, samples.flush());
    tickAt = now < fromUs ? Math.min(now + intervalUs, fromUs) : nextTick(now, fromUs, intervalUs);
    if (fills && !ended) crowd.fill();
  };
  const finish = (now: number): void => {
    ended = true;
    toUs = Math.min(toUs, now);
    measurement.end(toUs);
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
    refused ||= parts.givesUp && isRefused(measurement, now - began);
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
  report(-1, samples.flush());
  return { busy, arrivals: begun, late, open, measuredUs: Math.max(toUs - fromUs, 0), refused };
}

function isRefused({ reached, refused }: Measurement, sinceUs: number): boolean {
  return !reached && refused >= MIN_REFUSED && sinceUs >= PATIENCE_US;
}

/** The first boundary of an interval after now. */
function nextTick(now: number, fromUs: number, intervalUs: number): number {
  return fromUs + (Math.floor((now - fromUs) / intervalUs) + 1) * intervalUs;
}

/** This thread's share of the connections; unlimited if the plan has no limit. */
function shareOf({ plan, thread }: PhaseParts): number {
  const { connections, threads } = plan;
  if (connections === null) return UNLIMITED;
  return Math.floor(connections / threads) + (thread < connections % threads ? 1 : 0);
}
