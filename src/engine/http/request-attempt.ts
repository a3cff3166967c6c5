import type { Endpoint } from '../../endpoints/snapshot.ts';
import type { CloseReason } from '../../plan/close-reason.ts';
import { Attempt, type AttemptOwner, type DialBegin, type Dialer } from '../../session/attempt.ts';
import type { Address } from '../../session/client.ts';
import { connectDeadlineMs } from '../../session/deadlines.ts';
import type { Ledger } from '../../session/ledger.ts';
import { lines } from '../main-thread/waits.ts';
import { type ConnectionDialer, EndpointConnection } from './endpoint-connection.ts';
import type { SessionConnections } from './session-connections.ts';

/** Who hears how it goes: one of the two, once for each `start` and each `again`. */
export interface RequestAttemptOwner {
  /** `kept`: it has carried requests before, and may be closing just now. */
  reached(connection: EndpointConnection, kept: boolean): void;
  failed(reason: CloseReason, detail: string | null): void;
}

/**
 * The way of one request to an endpoint: an `Attempt` whose endpoints may have kept connections, which are taken before one is
 * dialed. If none can be reached, that is the answer to this request, and not by itself the end of the session.
 */
export class RequestAttempt implements Dialer, AttemptOwner, ConnectionDialer {
  readonly lines = lines;
  readonly #owner: RequestAttemptOwner;
  readonly #ledger: Ledger;
  readonly #connections: SessionConnections;
  readonly #repeatable: boolean;
  readonly #attempt: Attempt;
  #dialed: EndpointConnection | null = null;

  constructor(
    owner: RequestAttemptOwner,
    ledger: Ledger,
    connections: SessionConnections,
    repeatable: boolean,
  ) {
    this.#owner = owner;
    this.#ledger = ledger;
    this.#connections = connections;
    this.#repeatable = repeatable;
    this.#attempt = new Attempt(ledger, this, this);
  }

  start(): void {
    const bound = this.#connections.takeBound();
    if (bound === null) this.#attempt.start();
    else this.#reuse(bound);
  }

  /** The kept connection had ended: over a new one to the same endpoint (RFC 9112 §9.3.1). */
  again(): void {
    const endpoint = this.#ledger.endpoint!;
    this.#ledger.idle();
    this.#connections.drop(endpoint);
    this.#attempt.startAt(endpoint);
  }

  tick(nowMs: number): void {
    if (this.#attempt.isUnderWay && nowMs >= connectDeadlineMs(this.#ledger)) this.#attempt.timedOut();
  }

  /** Nobody waits for it any more. */
  abandon(): void {
    this.#attempt.stop();
  }

  // ── of the attempt ──

  reuse(endpoint: Endpoint): boolean {
    const kept = this.#connections.take(endpoint, this.#repeatable);
    if (kept !== null) this.#reuse(kept);
    return kept !== null;
  }

  dial(endpoint: Endpoint): DialBegin {
    this.#dialed = new EndpointConnection(endpoint, this.#ledger.rules, this);
    return 'pending';
  }

  dialedFrom(): Address | undefined {
    return this.#dialed!.from;
  }

  dropDial(): void {
    this.#dialed?.reset();
    this.#dialed = null;
  }

  /** `tick` looks when it has taken too long. */
  dialing(): void {}

  unreached(reason: CloseReason, detail: string | null): void {
    this.#owner.failed(reason, detail);
  }

  // ── of the connection ──

  connected(connection: EndpointConnection): void {
    if (!this.#attempt.reached()) return;
    this.#dialed = null;
    this.#owner.reached(connection, false);
  }

  dialFailed(code: string | undefined): void {
    this.#attempt.failed(code ?? null);
  }

  #reuse(connection: EndpointConnection): void {
    this.#ledger.reuses(connection.endpoint);
    this.#owner.reached(connection, true);
  }
}
