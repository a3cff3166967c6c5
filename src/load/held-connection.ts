import { failureOf } from './failures.ts';
import type { Member, MemberOwner } from './member.ts';
import type { PlayedClient } from './played-clients.ts';
import { COUNT } from './samples.ts';
import type { Conversation, LoadConnection } from './sockets.ts';

/** Writes in a row before other connections get their turn. */
const MAX_WRITES = 16;

/** A connection of `bulk`, `idle` or `slow`: it stays open to the end of the run. */
export class HeldConnection implements Conversation, Member {
  readonly #crowd: MemberOwner;
  readonly #due: number;
  #connection: LoadConnection | null = null;
  #client: PlayedClient | null = null;
  #connectedAt = 0;
  #heard = false;
  /** `slow`: the bytes of the header that are still to be sent. */
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
    crowd.measurement.samples.connect.add(now - this.#due);
    crowd.measurement.connected(now);
    if (this.#client === null && crowd.plan.send !== 'none') this.#client = this.#connection!.local();
    const header = crowd.writer.putHeader(this.#client);
    crowd.settled(true);
    if (crowd.plan.work === 'slow') {
      this.#rest = new Uint8Array(crowd.sockets.output.subarray(0, header));
      this.drip();
      return;
    }
    if (header > 0) this.#connection?.send(header);
    if (crowd.plan.work === 'bulk') this.writable();
  }

  /** `slow`: sends one more byte of the header. The last byte is never sent. */
  drip(): void {
    if (this.#rest === null || this.#rest.length <= 1 || this.#connection === null) return;
    this.#crowd.sockets.output[0] = this.#rest[0]!;
    this.#rest = this.#rest.subarray(1);
    this.#connection.send(1);
    this.#crowd.measurement.count(COUNT.sentBytes, this.#crowd.sockets.now());
  }

  received(_bytes: Buffer, count: number): void {
    const now = this.#crowd.sockets.now();
    this.#crowd.measurement.count(COUNT.receivedBytes, now, count);
    if (this.#heard) return;
    this.#heard = true;
    this.#crowd.measurement.samples.firstByte.add(now - this.#connectedAt);
  }

  writable(): void {
    if (this.#crowd.plan.work !== 'bulk') return;
    let sum = 0;
    // A partial write means that the socket's buffer is full or nearly full.
    for (let writes = 0; writes < MAX_WRITES; writes++) {
      const sent = this.#connection?.pour() ?? 0;
      sum += sent;
      if (sent === 0) break;
      if (writes === MAX_WRITES - 1) this.#crowd.sockets.later(() => this.writable());
    }
    this.#crowd.measurement.count(COUNT.sentBytes, this.#crowd.sockets.now(), sum);
  }

  ended(): void {
    this.#connection?.close();
    this.#lost('ended');
  }

  failed(errno: string): void {
    if (this.#connectedAt === 0) {
      this.#crowd.measurement.failed(this.#due, failureOf(errno, false));
      this.#crowd.settled(false);
      this.#gone();
    } else this.#lost('reset');
  }

  isBusy(): boolean {
    return this.#connection !== null && this.#connectedAt === 0;
  }

  abandon(count: boolean): void {
    if (count && this.isBusy()) this.#crowd.measurement.failed(this.#due, 'unanswered');
    this.#connection?.close();
    this.#gone();
  }

  /** For `slow`, the time until the endpoint drops the connection is the figure, not a failure. */
  #lost(failure: 'ended' | 'reset'): void {
    if (this.#crowd.plan.work === 'slow')
      this.#crowd.measurement.samples.total.add(this.#crowd.sockets.now() - this.#connectedAt);
    else this.#crowd.measurement.failed(this.#due, failure);
    this.#gone();
  }

  #gone(): void {
    this.#connection = null;
    this.#crowd.left(this);
  }
}
