import type { Endpoint } from '../../endpoints/snapshot.ts';
import type { CloseReason } from '../../plan/close-reason.ts';
import { Attempt, type AttemptOwner, type DialBegin, type Dialer } from '../../session/attempt.ts';
import type { Address } from '../../session/client.ts';
import { connectDeadlineMs } from '../../session/deadlines.ts';
import type { Ledger } from '../../session/ledger.ts';
import { lines } from '../main-thread/waits.ts';
import { type ConnectionDialer, EndpointConnection } from './endpoint-connection.ts';
import type { SessionConnections } from './session-connections.ts';

/** Receives the result: one call for each `start` and each `again`. */
export interface RequestAttemptOwner {
  /** `kept`: the connection has carried requests before, so the endpoint may be closing it at this moment. */
  reached(connection: EndpointConnection, kept: boolean): void;
  failed(reason: CloseReason, detail: string | null): void;
}

/**
 * Finds a connection for one request: an `Attempt` that uses a kept connection to the picked endpoint, if there is one, before it
 * dials. A failure is answered to the request; it does not end the session by itself.
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

  /** The kept connection had ended: dials the same endpoint again (RFC 9112 §9.3.1). */
  again(): void {
    const endpoint = this.#ledger.endpoint!;
    this.#ledger.idle();
    this.#connections.drop(endpoint);
    this.#attempt.startAt(endpoint);
  }

  tick(nowMs: number): void {
    if (this.#attempt.isUnderWay && nowMs >= connectDeadlineMs(this.#ledger)) this.#attempt.timedOut();
  }

  /** The result is no longer needed. */
  abandon(): void {
    this.#attempt.stop();
  }

  // ── called by the attempt ──

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

  /** `tick` checks the deadline. */
  dialing(): void {}

  unreached(reason: CloseReason, detail: string | null): void {
    this.#owner.failed(reason, detail);
  }

  // ── called by the connection ──

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
