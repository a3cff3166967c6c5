import type { Endpoint } from '../../endpoints/snapshot.ts';
import type { CloseReason } from '../../plan/close-reason.ts';
import type { ConnectFailure } from '../../plan/connect-failure.ts';
import { connectFailure } from '../../plan/errno-reasons.ts';
import type { Ledger } from '../../session/ledger.ts';
import type { EndpointsInTurn } from '../../session/transparent-rules.ts';
import { type ConnectionDialer, EndpointConnection } from './endpoint-connection.ts';
import type { SessionConnections } from './session-connections.ts';

/** How long a unix socket whose queue is full is left alone before it is dialed again. */
const QUEUE_MS = 10;

/** Who hears how it goes: one of the two, once for each `start` and each `again`. */
export interface RequestAttemptOwner {
  /** `kept`: it has carried requests before, and may be closing just now. */
  reached(connection: EndpointConnection, kept: boolean): void;
  failed(reason: CloseReason, detail: string | null): void;
}

/**
 * The way of one request to an endpoint: picks one, takes a kept connection or dials, and tries the next endpoint if one cannot be
 * reached. If none can, that is the answer to this request, and not by itself the end of the session.
 *
 *     start ──▶ pick ──▶ kept connection, or dial ──▶ reached
 *                ╰──◀── failed, timed out ──╯    none left ──▶ failed
 */
export class RequestAttempt implements ConnectionDialer {
  readonly #owner: RequestAttemptOwner;
  readonly #ledger: Ledger;
  readonly #connections: SessionConnections;
  readonly #repeatable: boolean;
  #candidates: EndpointsInTurn | null = null;
  #endpoint: Endpoint | null = null;
  #dialed: EndpointConnection | null = null;
  /** Until a unix socket with a full queue is dialed again. */
  #waiting: NodeJS.Timeout | null = null;
  /** The connect timeout, while an endpoint is being dialed. */
  #deadlineMs = Number.POSITIVE_INFINITY;

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
  }

  start(): void {
    const bound = this.#connections.takeBound();
    if (bound === null) this.#next(null, null);
    else this.#reuse(bound);
  }

  /** The kept connection had ended: over a new one to the same endpoint (RFC 9112 §9.3.1). */
  again(): void {
    this.#ledger.idle();
    this.#connections.drop(this.#endpoint!);
    this.#dial(this.#endpoint!);
  }

  tick(nowMs: number): void {
    if (nowMs < this.#deadlineMs) return;
    // An endpoint whose queue is full is well: it is no reason to leave it out.
    const full = this.#waiting !== null;
    this.#dialFailed('connect_timeout', full ? 'EAGAIN' : null, !full);
  }

  /** Nobody waits for it any more. */
  abandon(): void {
    if (this.#waiting !== null) clearTimeout(this.#waiting);
    this.#waiting = null;
    this.#dialed?.destroy();
    this.#dialed = null;
    this.#deadlineMs = Number.POSITIVE_INFINITY;
  }

  connected(connection: EndpointConnection): void {
    this.#dialed = null;
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    this.#ledger.connected();
    this.#owner.reached(connection, false);
  }

  unreached(_connection: EndpointConnection, code: string | undefined): void {
    // The kernel waits by itself for a place in the queue of a TCP listener, and not in that of a unix one.
    if (code === 'EAGAIN' && this.#endpoint!.path !== null) {
      this.#dialed = null;
      this.#waiting = setTimeout(() => this.#connect(), QUEUE_MS);
    } else this.#dialFailed(connectFailure(code), code ?? null);
  }

  #next(failure: ConnectFailure | null, code: string | null): void {
    this.#candidates ??= this.#ledger.candidates();
    const endpoint = this.#candidates.next();
    if (endpoint === null) {
      this.#owner.failed(failure ?? this.#ledger.rules.pool.empty, code);
      return;
    }
    const kept = this.#connections.take(endpoint, this.#repeatable);
    if (kept === null) this.#dial(endpoint);
    else this.#reuse(kept);
  }

  #reuse(connection: EndpointConnection): void {
    this.#endpoint = connection.endpoint;
    this.#ledger.reuses(connection.endpoint);
    this.#owner.reached(connection, true);
  }

  #dial(endpoint: Endpoint): void {
    const { rules } = this.#ledger;
    const { connectMs } = rules.plan.timeouts;
    this.#endpoint = endpoint;
    this.#ledger.dialing(endpoint);
    if (connectMs > 0) this.#deadlineMs = rules.context.now() + connectMs;
    this.#connect();
  }

  #connect(): void {
    this.#waiting = null;
    this.#dialed = new EndpointConnection(this.#endpoint!, this.#ledger.rules, this);
  }

  #dialFailed(failure: ConnectFailure, code: string | null, blames?: boolean): void {
    this.abandon();
    this.#ledger.dialFailed(failure, blames);
    this.#next(failure, code);
  }
}
