import type { Endpoint } from '../../endpoints/snapshot.ts';
import type { Reuse } from '../../plan/plan.ts';
import type { EndpointConnection } from './endpoint-connection.ts';
import { type EndpointPool, KEPT_MS, type Kept, type OwnKeeper } from './endpoint-pool.ts';

/**
 * The connections that a client's requests may use: its own, and the shared ones of the pool. A connection that the endpoint has
 * authenticated identifies the client, so it belongs to that client alone and is closed with it.
 */
export class SessionConnections implements OwnKeeper {
  readonly #pool: EndpointPool;
  readonly #reuse: Reuse;
  readonly #now: () => number;
  /** The idle ones, by the endpoint's text. */
  readonly #own = new Map<string, Kept>();
  /** The one that an endpoint has authenticated, idle or not. */
  #bound: EndpointConnection | null = null;
  #isFirst = true;
  #closed = false;

  constructor(pool: EndpointPool, reuse: Reuse, now: () => number) {
    this.#pool = pool;
    this.#reuse = reuse;
    this.#now = now;
  }

  /** The authenticated connection, which the client's next request must use; null if there is none. */
  takeBound(): EndpointConnection | null {
    const bound = this.#bound;
    if (bound === null || !this.#own.delete(bound.endpoint.text)) return null;
    this.#isFirst = false;
    return bound;
  }

  /**
   * An open connection to this endpoint, or null if it has to be dialed. The endpoint may be closing a kept connection at this
   * moment. A client does not expect its first request to fail so: with `safe` that uses a kept one only if it is repeatable.
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
   * Its request is complete. `early`: it was answered before it was sent completely. Such an endpoint may never read the rest, or may
   * close the connection soon, so the connection is not used again unless it is the authenticated one.
   */
  giveBack(connection: EndpointConnection, early: boolean): void {
    const isBound = this.#bound === connection;
    if (early && !isBound) connection.close();
    else if (!isBound && this.#reuse !== 'never') this.#pool.keep(connection);
    else if (this.#closed || !this.#pool.serves(connection.endpoint)) this.#forget(connection);
    else if (connection.release(this)) this.#put(connection);
    else this.lost(connection);
  }

  /** A kept connection to this endpoint had ended: closes the others, which are as old. */
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

  /** Closes them all: the client is gone. */
  close(): void {
    this.#closed = true;
    for (const { connection } of this.#own.values()) connection.close();
    this.#own.clear();
    this.#pool.keepers.delete(this);
  }

  /** Closes those whose endpoints have left the pool. */
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
