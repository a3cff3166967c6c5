import { failureOf, type LoadFailure } from './failures.ts';
import { Held } from './held.ts';
import { isHeld, type LoadEndpoint, type LoadPlan } from './load-plan.ts';
import type { Member, MemberOwner } from './member.ts';
import type { PlayedClient } from './played-clients.ts';
import { createRequest, destinationOf } from './request.ts';
import { COUNT, type Samples } from './samples.ts';
import type { Sight } from './saw-client.ts';
import type { Conversation, Sockets } from './sockets.ts';
import { Visit } from './visit.ts';
import { writeHeader } from './write-header.ts';

export interface CrowdParts {
  readonly plan: LoadPlan;
  readonly endpoint: LoadEndpoint;
  readonly sockets: Sockets;
  readonly samples: Samples;
  /** The next client; null: the machine itself. */
  readonly nextClient: (() => PlayedClient) | null;
  /** Connections at once, of this thread. */
  readonly most: number;
  /** From when to when it is measured. */
  readonly fromUs: number;
  readonly toUs: number;
}

/** Of those who are held, so many connect at once: a burst would fill the endpoint's queue. */
const MOST_CONNECTING = 64;

const SIGHTS = {
  right: COUNT.rightClients,
  wrong: COUNT.wrongClients,
  unknown: COUNT.unknownClients,
} as const;

/** One thread's connections: whom there is work for, who rests, what waits for a place. */
export class Crowd implements MemberOwner {
  readonly plan: LoadPlan;
  readonly sockets: Sockets;
  readonly samples: Samples;
  /** Whether any connection came to be, and how many were refused, measured or not. */
  reached = false;
  refused = 0;
  readonly #parts: CrowdParts;
  readonly #request: Uint8Array;
  readonly #destination: PlayedClient;
  readonly #members = new Set<Member>();
  readonly #resting: Visit[] = [];
  /** Times of those who have no place yet, from `#next` on. */
  #waiting: number[] = [];
  #next = 0;
  #connecting = 0;
  /** Places that a failure of this machine has emptied: they are filled anew at the next look. */
  #parked = 0;
  #toUs: number;
  /** The output is the request already: one call less for each of a kept connection. */
  #isRequestPut = false;
  #leaving = false;

  constructor(parts: CrowdParts) {
    this.#parts = parts;
    this.plan = parts.plan;
    this.sockets = parts.sockets;
    this.samples = parts.samples;
    this.#toUs = parts.toUs;
    this.#request = createRequest(parts.plan, parts.endpoint);
    this.#destination = destinationOf(parts.endpoint);
  }

  get size(): number {
    return this.#members.size;
  }

  /** Something that should begin now, or should have begun at `due`. */
  arrive(due: number): void {
    const resting = this.#takeResting();
    if (resting !== undefined) resting.ask(due, this.sockets.now());
    else if (this.#members.size < this.#parts.most) this.#open(due);
    else this.#waiting.push(due);
  }

  /** Fills every place: of a closed loop, or of those who are held. */
  fill(): void {
    this.#parked = 0;
    const held = isHeld(this.plan.work);
    const room = () => this.#parts.most - this.#members.size;
    while (room() > 0 && (!held || this.#connecting < MOST_CONNECTING)) {
      if (this.#parked > 0 || !this.#open(this.sockets.now())) return;
    }
  }

  /** `slow`: a byte more of each. */
  drip(): void {
    for (const member of [...this.#members]) if (member instanceof Held) member.drip();
  }

  /** One of those who are held has connected, or failed to. */
  settled(connected: boolean): void {
    this.#connecting--;
    // An endpoint that refuses is asked again at the next look.
    if (!connected) return;
    this.sockets.later(() => {
      if (!this.#leaving) this.fill();
    });
  }

  /** Whether what should have begun then belongs to the measurement. */
  measures(due: number): boolean {
    return due >= this.#parts.fromUs && due < this.#toUs;
  }

  /** Counts what happens now, where that is within the measurement. */
  count(what: number, now: number, by = 1): void {
    if (now >= this.#parts.fromUs && now < this.#toUs) this.samples.count(what, by);
  }

  /** A connection has come to be. */
  connected(now: number): void {
    this.reached = true;
    this.count(COUNT.connections, now);
  }

  failed(due: number, failure: LoadFailure): void {
    if (failure === 'connect_refused') this.refused++;
    if (isHeld(this.plan.work) || this.measures(due)) this.samples.fail(failure);
  }

  verified(due: number, sight: Sight): void {
    if (this.measures(due)) this.samples.count(SIGHTS[sight]);
  }

  /** An answer has come whole, and is no error. */
  answered(due: number): void {
    if (this.measures(due)) this.samples.count(COUNT.goodAnswers);
  }

  /** Puts the client's header at the start of the output; gives its length. */
  putHeader(client: PlayedClient | null): number {
    const { send } = this.plan;
    if (send === 'none' || client === null) return 0;
    const header = writeHeader(send, client, this.#destination);
    this.sockets.output.set(header);
    this.#isRequestPut = false;
    return header.length;
  }

  /** Puts the request behind it; gives the length of both. */
  putRequest(at: number): number {
    if (at > 0 || !this.#isRequestPut) this.sockets.output.set(this.#request, at);
    this.#isRequestPut = at === 0;
    return at + this.#request.length;
  }

  /** A kept connection has had its answer. */
  idle(visit: Visit, now: number): void {
    const due = this.#nextDue(now);
    if (due === undefined) this.#resting.push(visit);
    else visit.ask(due, now);
  }

  /** A connection is gone: its place is free. */
  left(member: Member): void {
    if (!this.#members.delete(member) || this.#leaving || isHeld(this.plan.work)) return;
    // Places that this machine could not fill wait for the next look, or a closed loop would spin.
    if (this.plan.rate === 'max' && this.#parked > 0) return;
    const due = this.#nextDue(this.sockets.now());
    if (due !== undefined) this.#open(due);
  }

  /** Whether anybody waits for an answer or for a place. */
  isBusy(): boolean {
    if (this.#next < this.#waiting.length) return true;
    for (const member of this.#members) if (member.isBusy()) return true;
    return false;
  }

  /** Nothing more begins by itself; what has no place yet still waits for one. */
  end(atUs: number): void {
    this.#toUs = Math.min(this.#toUs, atUs);
  }

  /** Closes all, and counts those without an answer. Those who had no place yet are among them. */
  leave(count: boolean): void {
    this.#leaving = true;
    const now = this.sockets.now();
    for (const due of this.#waiting.slice(this.#next)) {
      if (!count || !this.measures(due)) continue;
      this.samples.total.add(now - due);
      this.samples.fail('unanswered');
    }
    this.#waiting = [];
    this.#next = 0;
    for (const member of [...this.#members]) member.abandon(count);
    this.#members.clear();
  }

  #takeResting(): Visit | undefined {
    for (let visit = this.#resting.pop(); visit !== undefined; visit = this.#resting.pop()) {
      if (this.#members.has(visit)) return visit;
    }
    return undefined;
  }

  #nextDue(now: number): number | undefined {
    if (this.plan.rate === 'max') return now < this.#toUs ? now : undefined;
    if (this.#next === this.#waiting.length) return undefined;
    const due = this.#waiting[this.#next++];
    if (this.#next === this.#waiting.length) {
      this.#waiting = [];
      this.#next = 0;
    }
    return due;
  }

  /** False where this machine could not even begin. */
  #open(due: number): boolean {
    const { endpoint, nextClient } = this.#parts;
    const client = nextClient?.() ?? null;
    const bound = client !== null && this.plan.bind ? client.ip : null;
    const held = isHeld(this.plan.work);
    const member: Member & Conversation = held ? new Held(this, due) : new Visit(this, due);
    const connection = this.sockets.connect(endpoint, bound, member);
    if (typeof connection === 'string') {
      this.failed(due, failureOf(connection, false));
      this.#parked++;
      return false;
    }
    // Where the socket is bound the kernel chooses the port, and is asked for it.
    member.opened(connection, bound === null ? client : null);
    this.#members.add(member);
    if (held) this.#connecting++;
    return true;
  }
}
