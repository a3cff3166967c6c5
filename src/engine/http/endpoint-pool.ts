import type { Endpoint } from '../../endpoints/snapshot.ts';
import type { EndpointConnection } from './endpoint-connection.ts';

/**
 * How long a connection to an endpoint is kept without a request: less than the 5 s after which Apache and servers
 * of Node close theirs, so that hardly a request meets a connection that is just ending.
 */
export const KEPT_MS = 4000;
/** Kept connections of one endpoint; each was once a session's, so that there are no more than sessions. */
const MOST_KEPT = 256;

/** A connection without a request, and until when it is likely to be open at its other end. */
export interface Kept {
  readonly connection: EndpointConnection;
  readonly untilMs: number;
}

/** Who keeps connections of its own, and closes those that the pool serves no longer. */
export interface OwnKeeper {
  closeUnserved(): void;
}

/** The connections of one listener that have no request, of all clients: HTTP names the client in each request. */
export class EndpointPool {
  readonly #now: () => number;
  /** By the endpoint's text, the one that was used last at the end. */
  readonly #kept = new Map<string, Kept[]>();
  #endpoints: readonly Endpoint[] | null = null;
  #known: ReadonlySet<string> | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** Those that keep connections now. */
  readonly keepers = new Set<OwnKeeper>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Whether connections to it are still wanted. */
  serves({ text }: Endpoint): boolean {
    return this.#known === null || this.#known.has(text);
  }

  /** The one that was used last. */
  take({ text }: Endpoint): EndpointConnection | null {
    return this.#kept.get(text)?.pop()?.connection ?? null;
  }

  /** Takes one that nobody needs now. */
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

  /** Closes what is kept of an endpoint: where one had ended, the others are as old. */
  drop({ text }: Endpoint): void {
    for (const { connection } of this.#kept.get(text) ?? []) connection.close();
    this.#kept.delete(text);
  }

  /** Keeps nothing of endpoints that are not among these. */
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

  /** Closes every kept connection, and keeps no more. */
  close(): void {
    this.keepOnly([]);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** One timer for all, which looks at those that are oldest. */
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
