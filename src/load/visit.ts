import { failureOf } from './failures.ts';
import { type AnswerState, HttpAnswer } from './http-answer.ts';
import type { Member, MemberOwner } from './member.ts';
import { PingAnswer } from './ping-answer.ts';
import { type PlayedClient, sawClient } from './played-clients.ts';
import { COUNT } from './samples.ts';
import type { Conversation, LoadConnection } from './sockets.ts';

const FIRST_ERROR_STATUS = 400;

/** A connection of `connect`, `ping` or `http`: the PROXY header, then no exchange, one, or many. */
export class Visit implements Conversation, Member {
  readonly #crowd: MemberOwner;
  readonly #answer: HttpAnswer | PingAnswer | null;
  #connection: LoadConnection | null = null;
  #client: PlayedClient | null = null;
  /** When the current exchange should have begun. */
  #due: number;
  #sentAt = 0;
  #heard = false;
  /** Waiting for the connect or for an answer. */
  #busy = true;
  /** The answer is complete, and the endpoint has announced that it will close the connection. */
  #leaving = false;

  constructor(crowd: MemberOwner, due: number) {
    const { work, verify, payloadBytes } = crowd.plan;
    this.#crowd = crowd;
    this.#due = due;
    this.#answer =
      work === 'http' ? new HttpAnswer(verify) : work === 'ping' ? new PingAnswer(payloadBytes) : null;
  }

  opened(connection: LoadConnection, client: PlayedClient | null): void {
    this.#connection = connection;
    this.#client = client;
  }

  connected(): void {
    const crowd = this.#crowd;
    const now = this.#crowd.sockets.now();
    if (crowd.measurement.includes(this.#due)) crowd.measurement.samples.connect.add(now - this.#due);
    crowd.measurement.connected(now);
    const { plan } = crowd;
    if (this.#client === null && (plan.verify || plan.send !== 'none'))
      this.#client = this.#connection!.local();
    const header = crowd.writer.putHeader(this.#client);
    if (this.#answer !== null) {
      this.#send(header, now);
      return;
    }
    if (header > 0) this.#connection!.send(header);
    crowd.measurement.count(COUNT.sentBytes, now, header);
    this.#finish(now);
    this.#close();
  }

  /** Sends the next request of a kept connection. */
  ask(due: number, now: number): void {
    this.#due = due;
    this.#busy = true;
    this.#heard = false;
    this.#answer!.reset();
    this.#send(0, now);
  }

  received(bytes: Buffer, count: number): void {
    const crowd = this.#crowd;
    const now = this.#crowd.sockets.now();
    crowd.measurement.count(COUNT.receivedBytes, now, count);
    if (this.#leaving) return;
    if (!this.#busy) {
      this.#failed('bad_answer');
      return;
    }
    if (!this.#heard) {
      this.#heard = true;
      if (crowd.measurement.includes(this.#due)) crowd.measurement.samples.firstByte.add(now - this.#sentAt);
    }
    const state = this.#answer?.read(bytes, count) ?? 'broken';
    if (state !== 'more') this.#answered(state, now);
  }

  ended(): void {
    if (this.#leaving || !this.#busy) {
      this.#close();
      return;
    }
    const state = this.#answer instanceof HttpAnswer && this.#heard ? this.#answer.end() : 'broken';
    if (state !== 'whole') {
      this.#failed('ended');
      return;
    }
    this.#answered(state, this.#crowd.sockets.now());
    // Not announced by the answer, but the stream has ended.
    if (this.#leaving) this.#close();
  }

  writable(): void {}

  failed(errno: string): void {
    const connected = this.#sentAt > 0;
    if (this.#busy) this.#crowd.measurement.failed(this.#due, failureOf(errno, connected));
    this.#gone();
  }

  isBusy(): boolean {
    return this.#busy;
  }

  abandon(count: boolean): void {
    if (this.#busy && count) {
      const crowd = this.#crowd;
      if (crowd.measurement.includes(this.#due))
        crowd.measurement.samples.total.add(crowd.sockets.now() - this.#due);
      crowd.measurement.failed(this.#due, 'unanswered');
    }
    this.#close();
  }

  #send(header: number, now: number): void {
    const length = this.#crowd.writer.putRequest(header);
    this.#sentAt = now;
    this.#crowd.measurement.count(COUNT.sentBytes, now, length);
    this.#connection!.send(length);
  }

  #answered(state: AnswerState, now: number): void {
    if (state === 'broken') {
      this.#failed('bad_answer');
      return;
    }
    const crowd = this.#crowd;
    const answer = this.#answer!;
    const refused = answer instanceof HttpAnswer && answer.status >= FIRST_ERROR_STATUS;
    if (crowd.plan.verify) {
      const text = answer instanceof HttpAnswer ? answer.body : answer.seen;
      // An error may come from a proxy in front of `herald echo`; it does not say who was seen.
      const tells = !refused && this.#client !== null;
      crowd.measurement.verified(this.#due, tells ? sawClient(text, this.#client!) : 'unknown');
    }
    if (refused) crowd.measurement.failed(this.#due, 'http_status');
    else crowd.measurement.answered(this.#due);
    crowd.measurement.count(COUNT.requests, now);
    this.#finish(now);
    const closes = answer instanceof HttpAnswer && answer.closes;
    if (crowd.plan.keep && !closes) crowd.idle(this, now);
    // The side that closes first keeps the port in TIME_WAIT; if the endpoint announced its close, it goes first.
    else if (closes && !this.#connection!.ending) this.#leaving = true;
    else this.#close();
  }

  #finish(now: number): void {
    this.#busy = false;
    if (this.#crowd.measurement.includes(this.#due))
      this.#crowd.measurement.samples.total.add(now - this.#due);
  }

  #failed(failure: 'bad_answer' | 'ended'): void {
    this.#crowd.measurement.failed(this.#due, failure);
    this.#close();
  }

  #close(): void {
    this.#connection?.close();
    this.#gone();
  }

  #gone(): void {
    this.#busy = false;
    this.#connection = null;
    this.#crowd.left(this);
  }
}
