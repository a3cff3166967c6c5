import { parseIp } from '../../src/address/ip.ts';
import type { Endpoint } from '../../src/endpoints/snapshot.ts';
import type { DialBegin } from '../../src/session/attempt.ts';
import type { BrokenSide } from '../../src/session/broken-side.ts';
import type { Address } from '../../src/session/client.ts';
import { Course } from '../../src/session/course.ts';
import { Ledger } from '../../src/session/ledger.ts';
import { PlaceWait } from '../../src/session/place-wait.ts';
import type { SessionCarrier } from '../../src/session/session-carrier.ts';
import { WaitingLines } from '../../src/session/waiting-lines.ts';
import { listenerPlan, type PlanParts } from '../helpers/engine-harness.ts';
import { createWorker } from './worker.ts';

export const PEER: Address = { ip: parseIp('10.0.0.1')!, port: 1111 };
export const LOCAL: Address = { ip: parseIp('10.0.0.2')!, port: 2222 };

/** A carrier without sockets: it notes what is wanted of it, one word each, and a test tells how that went. */
export class ScriptedCarrier implements SessionCarrier {
  readonly lines: WaitingLines;
  readonly places: PlaceWait;
  findsLost = false;
  /** What was wanted since the last `take`. */
  #wanted: string[] = [];
  /** How the next dials begin; later ones are `pending`. */
  readonly begins: DialBegin[] = [];
  from: Address | null = null;
  atMs = Number.POSITIVE_INFINITY;
  broken: BrokenSide | null = null;
  isLost = false;
  /** Whether `reset` closes at once, as an engine on descriptors does. */
  closesAtOnce = true;
  /** What happens when a header is to be sent. */
  onRelay: () => void = () => {};
  course!: Course;

  constructor(lines: WaitingLines, places: PlaceWait) {
    this.lines = lines;
    this.places = places;
  }

  take(): string[] {
    return this.#wanted.splice(0);
  }

  dial({ text }: Endpoint): DialBegin {
    this.#wanted.push(`dial ${text}`);
    return this.begins.shift() ?? 'pending';
  }

  dialedFrom(): Address | null {
    return this.from;
  }

  dropDial(): void {
    this.#wanted.push('drop');
  }

  placed(): void {
    this.#wanted.push('placed');
  }

  carry(bytes: Uint8Array, over: boolean): void {
    this.#wanted.push(`carry ${Buffer.from(bytes).toString('latin1')}${over ? '' : '…'}`);
  }

  relay(): void {
    this.#wanted.push('relay');
    this.onRelay();
  }

  partFrom(broken: BrokenSide): void {
    this.#wanted.push(`part from ${broken.side}`);
    this.broken = broken;
  }

  keepAlive(): void {
    this.#wanted.push('keepalive');
  }

  findLost(): void {
    this.#wanted.push('look');
    if (this.isLost) this.course.broke('endpoint', 'ETIMEDOUT', false);
  }

  reset(): void {
    this.#wanted.push('reset');
    if (this.closesAtOnce) this.course.closed();
  }

  wakeAt(atMs: number): void {
    this.atMs = atMs;
  }
}

/** A worker on a clock of its own, whose sessions have scripted carriers. */
export function createCourses(parts: PlanParts = {}) {
  const worker = createWorker();
  const rules = worker.rules(listenerPlan(parts));
  let tasks: (() => void)[] = [];
  const alarms: { readonly atMs: number; readonly run: () => void }[] = [];
  const lines = new WaitingLines((ms, run) => alarms.push({ atMs: worker.context.now() + ms, run }));
  const places = new PlaceWait({ now: worker.context.now, settle: (task) => tasks.push(task) }, () => {});
  const carriers: ScriptedCarrier[] = [];
  return {
    ...worker,
    rules,
    places,
    lines,
    /** A client that was admitted, by this peer. */
    open(peer: Address | null = PEER) {
      rules.limit.acquire();
      const first = rules.firstBytes(peer);
      if (first === 'untrusted') throw new Error('the peer is not trusted');
      const carrier = new ScriptedCarrier(lines, places);
      const course = new Course(
        new Ledger(rules, peer, LOCAL),
        first === 'headerless' ? null : first,
        carrier,
      );
      carrier.course = course;
      carriers.push(carrier);
      course.start();
      return { course, carrier, ledger: course.ledger };
    },
    /** Lets time pass, and wakes whoever wanted to be woken in that time. */
    pass(ms: number) {
      worker.advance(ms);
      const now = worker.context.now();
      for (const alarm of alarms.splice(0)) {
        if (alarm.atMs <= now) alarm.run();
        else alarms.push(alarm);
      }
      for (const carrier of carriers) {
        if (carrier.atMs <= now) carrier.course.expired(now);
      }
    },
    /** One turn of the loop, in which whoever waits for a place looks again. */
    turn() {
      const due = tasks;
      tasks = [];
      for (const task of due) task();
    },
  };
}
