import type { Endpoint } from '../../endpoints/snapshot.ts';
import type { EndpointConnection } from './endpoint-connection.ts';

/**
 * How long a connection to an endpoint is kept without a request: less than the 5 s after which Apache and Node's servers
 * close theirs, so that a request rarely meets a connection that is just closing.
 */
export const KEPT_MS = 4000;
/** The most kept connections to one endpoint. */
const MOST_KEPT = 256;

/** A connection without a request, and until when the endpoint probably keeps it open. */
export interface Kept {
  readonly connection: EndpointConnection;
  readonly untilMs: number;
}

/** Who keeps connections of its own. */
export interface OwnKeeper {
  /** Closes those whose endpoints are no longer in the pool. */
  closeUnserved(): void;
}

/** The idle connections of one listener. All clients share them, because every request says who its client is. */
export class EndpointPool {
  readonly #now: () => number;
  /** By the endpoint's text; the most recently used one is the last. */
  readonly #kept = new Map<string, Kept[]>();
  #endpoints: readonly Endpoint[] | null = null;
  #known: ReadonlySet<string> | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** Sessions that keep connections of their own. */
  readonly keepers = new Set<OwnKeeper>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether the endpoint is still in the pool. */
  serves({ text }: Endpoint): boolean {
    return this.#known === null || this.#known.has(text);
  }

  /** The most recently used connection, or null. */
  take({ text }: Endpoint): EndpointConnection | null {
    return this.#kept.get(text)?.pop()?.connection ?? null;
  }

  /** Accepts a connection that has no request now. */
  keep(connection: EndpointConnection): void {
    const { text } = connection.endpoint;
    const kept = this.#kept.get(text) ?? [];
    if (!this.serves(connection.endpoint) || kept.length >= MOST_KEPT || !connection.release(this)) {
      connection.close();
      return;
    }
    kept.push({ connection, untilMs: this.#now() + KEPT_MS });
    this.#kept.set(text, kept);
    this.#timer ??= setTimeout(this.#expire, KEPT_MS);
  }

  lost(connection: EndpointConnection): void {
    const kept = this.#kept.get(connection.endpoint.text);
    const at = kept?.findIndex((each) => each.connection === connection) ?? -1;
    if (at >= 0) kept!.splice(at, 1);
  }

  /** Closes all kept connections of an endpoint: one had ended, and the others are as old. */
  drop({ text }: Endpoint): void {
    for (const { connection } of this.#kept.get(text) ?? []) connection.close();
    this.#kept.delete(text);
  }

  /** Closes the kept connections of all other endpoints. */
  keepOnly(endpoints: readonly Endpoint[]): void {
    if (endpoints === this.#endpoints) return;
    this.#endpoints = endpoints;
    const known = new Set(endpoints.map(({ text }) => text));
    this.#known = known;
    for (const [text, kept] of this.#kept) {
      if (known.has(text)) continue;
      this.#kept.delete(text);
      for (const { connection } of kept) connection.close();
    }
    for (const keeper of this.keepers) keeper.closeUnserved();
  }

  /** Closes every kept connection. None is kept from now on. */
  close(): void {
    this.keepOnly([]);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** One timer for all; it expires the oldest ones. */
  readonly #expire = (): void => {
    const now = this.#now();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [text, kept] of this.#kept) {
      while (kept.length > 0 && kept[0]!.untilMs <= now) kept.shift()!.connection.close();
      if (kept.length === 0) this.#kept.delete(text);
      else nextMs = Math.min(nextMs, kept[0]!.untilMs - now);
    }
    this.#timer = nextMs === Number.POSITIVE_INFINITY ? null : setTimeout(this.#expire, Math.ceil(nextMs));
  };
}
