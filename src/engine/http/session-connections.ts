import type { Endpoint } from '../../endpoints/snapshot.ts';
import type { Reuse } from '../../plan/plan.ts';
import type { EndpointConnection } from './endpoint-connection.ts';
import { type EndpointPool, KEPT_MS, type Kept, type OwnKeeper } from './endpoint-pool.ts';

/**
 * The connections that a client's requests may go over: its own, and the shared ones of the pool. A connection that the endpoint has
 * authenticated stands for the client: it belongs to that client alone, and is closed with it.
 */
export class SessionConnections implements OwnKeeper {
  readonly #pool: EndpointPool;
  readonly #reuse: Reuse;
  readonly #now: () => number;
  /** Without a request, by the endpoint's text. */
  readonly #own = new Map<string, Kept>();
  /** The one that an endpoint has authenticated, whether it has a request or not. */
  #bound: EndpointConnection | null = null;
  #isFirst = true;
  #closed = false;

  constructor(pool: EndpointPool, reuse: Reuse, now: () => number) {
    this.#pool = pool;
    this.#reuse = reuse;
    this.#now = now;
  }

  /** The authenticated one, which the client's next request has to go over; null where there is none. */
  takeBound(): EndpointConnection | null {
    const bound = this.#bound;
    if (bound === null || !this.#own.delete(bound.endpoint.text)) return null;
    this.#isFirst = false;
    return bound;
  }

  /**
   * A connection to this endpoint that is open already, or null: it has to be dialed. A kept one may be closing at this moment, and
   * a client does not expect that of its first request: with `safe` that goes over a kept one only if it may be repeated.
   */
  take(endpoint: Endpoint, repeatable: boolean): EndpointConnection | null {
    const isShared = this.#reuse === 'always' || (this.#reuse === 'safe' && (repeatable || !this.#isFirst));
    this.#isFirst = false;
    const own = this.#own.get(endpoint.text);
    if (own === undefined) return isShared ? this.#pool.take(endpoint) : null;
    this.#own.delete(endpoint.text);
    if (repeatable || this.#now() < own.untilMs) return own.connection;
    own.connection.close();
    return null;
  }

  /** The endpoint identifies the client by this connection. */
  bind(connection: EndpointConnection): void {
    this.#bound = connection;
  }

  /**
   * A request over it is over. `early`: it was answered before it was sent to its end. An endpoint that does so may never read the
   * rest, or close the connection soon: nothing is asked behind it, unless it is the authenticated one.
   */
  giveBack(connection: EndpointConnection, early: boolean): void {
    const isBound = this.#bound === connection;
    if (early && !isBound) connection.close();
    else if (!isBound && this.#reuse !== 'never') this.#pool.keep(connection);
    else if (this.#closed || !this.#pool.serves(connection.endpoint)) this.#forget(connection);
    else if (connection.release(this)) this.#put(connection);
    else this.lost(connection);
  }

  /** A kept connection to this endpoint had ended: its others are as old. */
  drop(endpoint: Endpoint): void {
    this.#pool.drop(endpoint);
    const own = this.#own.get(endpoint.text);
    if (own !== undefined) this.#forget(own.connection);
  }

  lost(connection: EndpointConnection): void {
    const { text } = connection.endpoint;
    if (this.#own.get(text)?.connection === connection) this.#own.delete(text);
    if (this.#bound === connection) this.#bound = null;
  }

  /** The client is gone. */
  close(): void {
    this.#closed = true;
    for (const { connection } of this.#own.values()) connection.close();
    this.#own.clear();
    this.#pool.keepers.delete(this);
  }

  /** Endpoints have left the pool. */
  closeUnserved(): void {
    for (const { connection } of this.#own.values()) {
      if (!this.#pool.serves(connection.endpoint)) this.#forget(connection);
    }
  }

  #put(connection: EndpointConnection): void {
    const { text } = connection.endpoint;
    const before = this.#own.get(text);
    if (before !== undefined) this.#forget(before.connection);
    this.#pool.keepers.add(this);
    this.#own.set(text, { connection, untilMs: this.#now() + KEPT_MS });
  }

  #forget(connection: EndpointConnection): void {
    this.lost(connection);
    connection.close();
  }
}
