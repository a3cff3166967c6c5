import { failureOf } from './failures.ts';
import type { Member, MemberOwner } from './member.ts';
import type { PlayedClient } from './played-clients.ts';
import { COUNT } from './samples.ts';
import type { Conversation, LoadConnection } from './sockets.ts';

/** A connection of `bulk`, `idle` or `slow`: it is there to the end of the run. */
export class Held implements Conversation, Member {
  readonly #crowd: MemberOwner;
  readonly #due: number;
  #connection: LoadConnection | null = null;
  #client: PlayedClient | null = null;
  #connectedAt = 0;
  #heard = false;
  /** `slow`: what is left to be dripped. */
  #rest: Uint8Array | null = null;

  constructor(crowd: MemberOwner, due: number) {
    this.#crowd = crowd;
    this.#due = due;
  }

  opened(connection: LoadConnection, client: PlayedClient | null): void {
    this.#connection = connection;
    this.#client = client;
  }

  connected(): void {
    const crowd = this.#crowd;
    const now = this.#crowd.sockets.now();
    this.#connectedAt = now;
    crowd.samples.connect.add(now - this.#due);
    crowd.connected(now);
    if (this.#client === null && crowd.plan.send !== 'none') this.#client = this.#connection!.local();
    const header = crowd.putHeader(this.#client);
    crowd.settled(true);
    if (crowd.plan.work === 'slow') {
      this.#rest = new Uint8Array(crowd.sockets.output.subarray(0, header));
      this.drip();
      return;
    }
    if (header > 0) this.#connection?.send(header);
    if (crowd.plan.work === 'bulk') this.writable();
  }

  /** `slow`: one byte more of the header; the last of them is never sent. */
  drip(): void {
    if (this.#rest === null || this.#rest.length <= 1 || this.#connection === null) return;
    this.#crowd.sockets.output[0] = this.#rest[0]!;
    this.#rest = this.#rest.subarray(1);
    this.#connection.send(1);
    this.#crowd.count(COUNT.sentBytes, this.#crowd.sockets.now());
  }

  received(_bytes: Buffer, count: number): void {
    const now = this.#crowd.sockets.now();
    this.#crowd.count(COUNT.receivedBytes, now, count);
    if (this.#heard) return;
    this.#heard = true;
    this.#crowd.samples.firstByte.add(now - this.#connectedAt);
  }

  writable(): void {
    if (this.#crowd.plan.work !== 'bulk') return;
    let sum = 0;
    // A write that is not whole means that the kernel is full, or nearly so; others have their turn in between.
    for (let writes = 0; writes < MOST_WRITES; writes++) {
      const sent = this.#connection?.pour() ?? 0;
      sum += sent;
      if (sent === 0) break;
      if (writes === MOST_WRITES - 1) this.#crowd.sockets.later(() => this.writable());
    }
    this.#crowd.count(COUNT.sentBytes, this.#crowd.sockets.now(), sum);
  }

  ended(): void {
    this.#connection?.close();
    this.#lost('ended');
  }

  failed(errno: string): void {
    if (this.#connectedAt === 0) {
      this.#crowd.failed(this.#due, failureOf(errno, false));
      this.#crowd.settled(false);
      this.#gone();
    } else this.#lost('reset');
  }

  isBusy(): boolean {
    return this.#connection !== null && this.#connectedAt === 0;
  }

  abandon(count: boolean): void {
    if (count && this.isBusy()) this.#crowd.failed(this.#due, 'unanswered');
    this.#connection?.close();
    this.#gone();
  }

  /** To be dropped is what a slow crowd is for: its figure is how long that took. */
  #lost(failure: 'ended' | 'reset'): void {
    if (this.#crowd.plan.work === 'slow')
      this.#crowd.samples.total.add(this.#crowd.sockets.now() - this.#connectedAt);
    else this.#crowd.failed(this.#due, failure);
    this.#gone();
  }

  #gone(): void {
    this.#connection = null;
    this.#crowd.left(this);
  }
}

/** Writes in a row before others have their turn. */
const MOST_WRITES = 16;
