import { failureOf } from './failures.ts';
import { HeldConnection } from './held-connection.ts';
import { isHeld, type LoadEndpoint, type LoadPlan } from './load-plan.ts';
import type { Measurement } from './measurement.ts';
import type { Member, MemberOwner } from './member.ts';
import type { PlayedClient } from './played-clients.ts';
import { RequestWriter } from './request-writer.ts';
import type { Conversation, Sockets } from './sockets.ts';
import { Visit } from './visit.ts';

export interface CrowdParts {
  readonly plan: LoadPlan;
  readonly endpoint: LoadEndpoint;
  readonly sockets: Sockets;
  readonly measurement: Measurement;
  /** The next client; null: the machine's own address. */
  readonly nextClient: (() => PlayedClient) | null;
  /** The limit of simultaneous connections of this thread. */
  readonly maxConnections: number;
}

/** The limit of simultaneous connects among held connections: a burst would overflow the endpoint's backlog. */
const MAX_CONNECTING = 64;

/**
 * One thread's connections. An arrival gets an idle connection, else a free place, else it waits for one. Its time
 * counts from when it was due, so that waiting for a place is part of it. `Visit` and `HeldConnection` do the work of
 * a connection; `Measurement` decides what counts.
 */
export class Crowd implements MemberOwner {
  readonly plan: LoadPlan;
  readonly sockets: Sockets;
  readonly measurement: Measurement;
  readonly writer: RequestWriter;
  readonly #parts: CrowdParts;
  readonly #members = new Set<Member>();
  readonly #idle: Visit[] = [];
  /** Due times of arrivals that wait for a place, from `#next` on. */
  #waiting: number[] = [];
  #next = 0;
  #connecting = 0;
  /** Connects that this machine could not even begin since the last `fill`, which tries again. */
  #parked = 0;
  #leaving = false;

  constructor(parts: CrowdParts) {
    this.#parts = parts;
    this.plan = parts.plan;
    this.sockets = parts.sockets;
    this.measurement = parts.measurement;
    this.writer = new RequestWriter(parts.plan, parts.endpoint, parts.sockets.output);
  }

  get size(): number {
    return this.#members.size;
  }

  /** Begins the work that is due now, or was due at `due`. */
  arrive(due: number): void {
    const idle = this.#popIdle();
    if (idle !== undefined) idle.ask(due, this.sockets.now());
    else if (this.#members.size < this.#parts.maxConnections) this.#open(due);
    else this.#waiting.push(due);
  }

  /** Fills every free place of a closed loop, or with held connections. */
  fill(): void {
    this.#parked = 0;
    const held = isHeld(this.plan.work);
    const room = () => this.#parts.maxConnections - this.#members.size;
    while (room() > 0 && (!held || this.#connecting < MAX_CONNECTING)) {
      if (this.#parked > 0 || !this.#open(this.sockets.now())) return;
    }
  }

  /** `slow`: every connection sends one more byte. */
  drip(): void {
    for (const member of [...this.#members]) if (member instanceof HeldConnection) member.drip();
  }

  settled(connected: boolean): void {
    this.#connecting--;
    // An endpoint that refuses is asked again by the next `fill` of the phase, not at once.
    if (!connected) return;
    this.sockets.later(() => {
      if (!this.#leaving) this.fill();
    });
  }

  idle(visit: Visit, now: number): void {
    const due = this.#nextDue(now);
    if (due === undefined) this.#idle.push(visit);
    else visit.ask(due, now);
  }

  left(member: Member): void {
    if (!this.#members.delete(member) || this.#leaving || isHeld(this.plan.work)) return;
    // What this machine could not open waits for the next `fill`; a closed loop would spin otherwise.
    if (this.plan.rate === 'max' && this.#parked > 0) return;
    const due = this.#nextDue(this.sockets.now());
    if (due !== undefined) this.#open(due);
  }

  /** Whether any arrival waits for a place or for an answer. */
  isBusy(): boolean {
    if (this.#next < this.#waiting.length) return true;
    for (const member of this.#members) if (member.isBusy()) return true;
    return false;
  }

  /** Closes everything. With `count`, arrivals without an answer or a place count as unanswered. */
  leave(count: boolean): void {
    this.#leaving = true;
    const now = this.sockets.now();
    const { measurement } = this;
    for (const due of this.#waiting.slice(this.#next)) {
      if (!count || !measurement.includes(due)) continue;
      measurement.samples.total.add(now - due);
      measurement.samples.fail('unanswered');
    }
    this.#waiting = [];
    this.#next = 0;
    for (const member of [...this.#members]) member.abandon(count);
    this.#members.clear();
  }

  #popIdle(): Visit | undefined {
    for (let visit = this.#idle.pop(); visit !== undefined; visit = this.#idle.pop()) {
      if (this.#members.has(visit)) return visit;
    }
    return undefined;
  }

  /** The due time of what a free connection should do next; undefined: nothing. */
  #nextDue(now: number): number | undefined {
    if (this.plan.rate === 'max') return this.measurement.hasEnded(now) ? undefined : now;
    if (this.#next === this.#waiting.length) return undefined;
    const due = this.#waiting[this.#next++];
    if (this.#next === this.#waiting.length) {
      this.#waiting = [];
      this.#next = 0;
    }
    return due;
  }

  /** False if this machine could not begin to connect: no descriptors, no local ports. */
  #open(due: number): boolean {
    const { endpoint, nextClient } = this.#parts;
    const client = nextClient?.() ?? null;
    const bound = client !== null && this.plan.bind ? client.ip : null;
    const held = isHeld(this.plan.work);
    const member: Member & Conversation = held ? new HeldConnection(this, due) : new Visit(this, due);
    const connection = this.sockets.connect(endpoint, bound, member);
    if (typeof connection === 'string') {
      this.measurement.failed(due, failureOf(connection, false));
      this.#parked++;
      return false;
    }
    // The kernel chooses the port of a bound socket, so the client is read from the socket.
    member.opened(connection, bound === null ? client : null);
    this.#members.add(member);
    if (held) this.#connecting++;
    return true;
  }
}
