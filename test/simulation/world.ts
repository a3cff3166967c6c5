import type { Endpoint } from '../../src/endpoints/snapshot.ts';
import type { SessionRecord } from '../../src/plan/observer.ts';
import type { ListenerPlan } from '../../src/plan/plan.ts';
import { Course } from '../../src/session/course.ts';
import { Ledger } from '../../src/session/ledger.ts';
import { ListenerRules, type WorkerContext } from '../../src/session/listener-rules.ts';
import { PlaceWait } from '../../src/session/place-wait.ts';
import { SelfConnects } from '../../src/session/self-connect.ts';
import { SessionIds } from '../../src/session/session-ids.ts';
import { WaitingLines } from '../../src/session/waiting-lines.ts';
import { HostAddresses } from '../../src/shared-memory/host-addresses.ts';
import { RecordBatch } from '../../src/shared-memory/record-batch.ts';
import { createSharedState, type SharedState } from '../../src/shared-memory/shared-state.ts';
import { listenerPlan } from '../helpers/engine-harness.ts';
import { Chance } from './chance.ts';
import { checkRecord } from './check-session.ts';
import { CLIENT_SCRIPTS } from './client-scripts.ts';
import { becomesKnown } from './first-bytes-rules.ts';
import { listenerParts, PEERS, SLOTS_EACH } from './listener-parts.ts';
import type { SimulatedListener } from './simulated-listener.ts';
import { SimulatedRequests } from './simulated-requests.ts';
import { type SessionHost, SimulatedSession } from './simulated-session.ts';
import { fail } from './violation.ts';

const LISTENERS = 2;
const WORKERS = 2;
/** Sessions of requests that live at once at the most. */
const MOST_REQUESTS = 2;
/** Ended sessions that late events are still told to. */
const REMEMBERED = 6;
/** The port of one endpoint on loopback is among them. */
const EPHEMERAL_PORTS = [32_768, 60_999] as const;
const NO_RANGES = new Uint32Array(0);

/** What `PlaceWait` and `WaitingLines` have left to be run later. */
export interface Alarm {
  readonly worker: number;
  readonly atMs: number;
  readonly run: () => void;
}

/**
 * One world of the simulation: shared memory, two workers, two listeners, their sessions, and a clock that stands still until an event
 * moves it. All of it is the real code but the clock, the chance and the sockets. A seed decides everything, so a run can be repeated.
 *
 *     run.ts ──▶ events.ts ──▶ session-events.ts ──▶ Course, Attempt, Ledger, …
 *                    │               │ notes what may follow    │ calls of the carrier
 *                    ▼               ▼                          ▼
 *                 audit.ts ◀── SimulatedSession ◀───────────────╯
 *
 * `events.ts` picks what happens next. A session's event first notes what it may lead to (`first-bytes-rules.ts`, `deadline-rules.ts`,
 * `PossibleEndings`, `ConnectModel`), and is then told as an engine would. `check-session.ts` and `audit.ts` compare after each step.
 * `plants.ts` holds faults that have to be found, `coverage.ts` what has to be reached.
 */
export class World implements SessionHost {
  readonly chance: Chance;
  readonly state: SharedState;
  readonly workers: readonly { readonly context: WorkerContext; readonly lines: WaitingLines }[];
  readonly listeners: readonly SimulatedListener[];
  readonly live: SimulatedSession[] = [];
  readonly past: SimulatedSession[] = [];
  readonly requests: SimulatedRequests[] = [];
  readonly blamed = new Int32Array(LISTENERS * SLOTS_EACH);
  /** Due at once, in the next turn of a loop. */
  readonly tasks: (() => void)[] = [];
  readonly alarms: Alarm[] = [];
  nowMs = 1000;
  step = 0;
  failedConnects = 0;
  looks = 0;
  /** How often somebody waits for a place no more. */
  gone = 0;
  /** Sessions have ended in this step. */
  hasEnded = false;
  /** What the events tell before a call of the carrier returns; see `SessionHost.answer`. */
  onAnswer: (session: SimulatedSession) => void = () => {};
  readonly #counts: Map<string, number>;
  /** Who waits for the record of a session, by its id. */
  readonly #endings = new Map<string, (record: SessionRecord) => void>();
  readonly #records: SessionRecord[] = [];

  constructor(seed: number, counts: Map<string, number>) {
    this.chance = new Chance(seed);
    this.#counts = counts;
    const { chance } = this;
    this.state = createSharedState({
      workers: WORKERS,
      listeners: LISTENERS,
      clients: chance.pick([1, 8]),
      seed,
    });
    new HostAddresses(this.state.host).replace(NO_RANGES, NO_RANGES);
    this.workers = Array.from({ length: WORKERS }, (_, worker) => this.#createWorker(worker));
    this.listeners = Array.from({ length: LISTENERS }, (_, id) => this.#createListener(id));
  }

  count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  answer(session: SimulatedSession): void {
    if (this.chance.oneIn(24)) this.onAnswer(session);
  }

  placed(session: SimulatedSession): void {
    const { endpoints, empty } = this.listeners[session.rules.plan.id]!.plan.snapshot;
    const { plan, transparent } = session.rules;
    if (plan.balance === 'named') {
      session.mostAttempts = this.endpointNamed(session) === null ? 0 : 1;
      if (session.mostAttempts === 0) session.note(empty);
      return;
    }
    const ip = transparent === null ? null : session.course.ledger.client.source!.ip;
    const fit = ip === null ? endpoints : endpoints.filter((each) => each.ip.length === ip.length);
    session.mostAttempts = Math.min(plan.attempts, fit.length);
    // The rules of an older plan look no further than that plan's endpoints were many.
    const isOlder = transparent !== null && plan.snapshot.endpoints.length < endpoints.length;
    if (isOlder) session.mostAttempts = -1;
    if (fit.length === 0 || isOlder) session.note(empty);
  }

  endpointNamed({ names, rules }: SimulatedSession): Endpoint | null {
    const { endpoints } = this.listeners[rules.plan.id]!.plan.snapshot;
    return endpoints.find(({ text }) => text === names) ?? null;
  }

  // ── the accept ──

  /** A client connects, and is taken in or turned away. */
  accept(): void {
    const { chance } = this;
    const listener = chance.pick(this.listeners);
    const worker = chance.below(WORKERS);
    const rules = listener.rules[worker]!;
    const peer = chance.pick(PEERS);
    if (!rules.limit.acquire()) {
      if (rules.plan.limits.overLimit === 'refuse') this.#turnAway(rules, worker, peer, 'over_limit');
      return;
    }
    const first = rules.firstBytes(peer);
    if (first === 'untrusted') {
      rules.limit.release();
      this.#turnAway(rules, worker, peer, first);
      return;
    }
    const { balance } = rules.plan;
    if (
      first === 'headerless' &&
      balance !== 'named' &&
      this.requests.length < MOST_REQUESTS &&
      chance.oneIn(3)
    ) {
      this.#serveRequests(rules, worker, peer);
      return;
    }
    const looksFor =
      first === 'headerless' ? 'none' : first.guards ? 'guard' : rules.plan.admission.proxyHeader;
    const waits = { lines: this.workers[worker]!.lines, places: listener.places[worker]! };
    const session = new SimulatedSession(
      this,
      waits,
      { peer, script: chance.pick(CLIENT_SCRIPTS) },
      looksFor,
    );
    const ledger = new Ledger(rules, peer, null);
    session.course = new Course(ledger, first === 'headerless' ? null : first, session);
    this.live.push(session);
    this.#endings.set(ledger.info().session, (record) => this.#ended(session, record));
    if (looksFor === 'none' || looksFor === 'guard') becomesKnown(session, false);
    session.course.start();
  }

  /** A client whose requests look for an endpoint each, as the http engine has them. */
  #serveRequests(rules: ListenerRules, worker: number, peer: (typeof PEERS)[number]): void {
    const ledger = new Ledger(rules, peer, null);
    const requests = new SimulatedRequests(this, this.workers[worker]!.lines, ledger);
    this.requests.push(requests);
    this.#endings.set(ledger.info().session, (record) => {
      this.requests.splice(this.requests.indexOf(requests), 1);
      requests.check(record);
    });
    requests.start();
  }

  #turnAway(
    rules: ListenerRules,
    worker: number,
    peer: (typeof PEERS)[number],
    reason: 'over_limit' | 'untrusted',
  ): void {
    const ledger = new Ledger(rules, peer, null);
    this.#endings.set(ledger.info().session, (record) => {
      if (record.reason !== reason) fail(`${record.reason}, and not ${reason}`);
    });
    ledger.end(reason, null, false, null);
    this.workers[worker]!.context.batch.flush();
  }

  // ── plans ──

  /** Gives a listener another plan; sessions keep the one that they began with. */
  replacePlan(listener: SimulatedListener, plan: ListenerPlan): void {
    listener.plan = plan;
    listener.rules = listener.rules.map(
      (before, worker) => new ListenerRules(plan, this.workers[worker]!.context, before),
    );
    listener.maxSessions = Math.max(listener.maxSessions, plan.limits.maxSessions);
    listener.maxSessionsPerClient = Math.max(listener.maxSessionsPerClient, plan.limits.maxSessionsPerClient);
  }

  // ── records ──

  /** Takes the records of what has ended, and forgets those sessions but for late events. */
  collect(): void {
    for (const { context } of this.workers) context.batch.flush();
    this.hasEnded = this.#records.length > 0;
    if (this.#records.length === 0) return;
    for (const record of this.#records.splice(0)) this.#collect(record);
  }

  #collect(record: SessionRecord): void {
    this.count(`reason ${record.reason}`);
    const listener = this.listeners.find(({ plan }) => plan.name === record.listener)!;
    listener.ended++;
    listener.bytesToEndpoint += record.bytesToEndpoint;
    listener.bytesToClient += record.bytesToClient;
    const ending = this.#endings.get(record.session);
    if (ending === undefined) fail(`a second record of ${record.session}: ${record.reason}`);
    this.#endings.delete(record.session);
    ending(record);
  }

  #ended(session: SimulatedSession, record: SessionRecord): void {
    checkRecord(session, record);
    this.live.splice(this.live.indexOf(session), 1);
    this.past.push(session);
    if (this.past.length > REMEMBERED) this.past.shift();
  }

  #createWorker(worker: number) {
    const batch = new RecordBatch(
      {
        records: (some, dropped) => {
          if (dropped > 0) fail('records were dropped');
          this.#records.push(...some);
        },
        fault: fail,
      },
      () => {},
    );
    const context: WorkerContext = {
      state: this.state,
      worker,
      ids: new SessionIds(`w${worker}`),
      batch,
      now: () => this.nowMs,
      random: () => this.chance.fraction(),
      logTlvs: [],
      selfConnects: new SelfConnects({
        ports: () => EPHEMERAL_PORTS,
        addresses: () => [],
        now: () => this.nowMs,
      }),
      lingerMs: 2000,
    };
    const lines = new WaitingLines((ms, run) => this.alarms.push({ worker, atMs: this.nowMs + ms, run }));
    return { context, lines };
  }

  #createListener(id: number): SimulatedListener {
    const plan = listenerPlan(listenerParts(this.chance, id));
    const clock = { now: () => this.nowMs, settle: (task: () => void) => void this.tasks.push(task) };
    return {
      id,
      plan,
      rules: this.workers.map(({ context }) => new ListenerRules(plan, context)),
      places: this.workers.map(() => new PlaceWait(clock, () => void this.gone++)),
      maxSessions: plan.limits.maxSessions,
      maxSessionsPerClient: plan.limits.maxSessionsPerClient,
      ended: 0,
      bytesToEndpoint: 0,
      bytesToClient: 0,
    };
  }
}
