import type { EndpointSource } from '../../endpoints/endpoint-source.ts';
import type { KnownEndpoint } from '../../endpoints/known-endpoint.ts';
import { createBackoff, pause } from '../backoff.ts';
import type { DiscoveryClock } from '../discovery-clock.ts';
import { createJournal } from '../journal.ts';
import { createSourceState } from '../source-state.ts';
import type { DnsFailureCode } from './name-resolver.ts';

// The room: names → endpoints.
//
//   dns-source (A, AAAA) · srv-source (SRV) ── choose-addresses: family, kinds and ranges that are refused
//       │ poll            ▲ addresses, TTL
//       ▼                 │
//   name-resolver ── resolver-file: search list and options of /etc/resolv.conf; then /etc/hosts
//
// polled-source repeats the poll, keeps the last good state, and reports failures.

/** The result of one query. */
export type Poll =
  | {
      /** Sorted, without duplicates. */
      readonly endpoints: readonly KnownEndpoint[];
      readonly addresses: readonly Uint8Array[];
      /** When to query again. */
      readonly againMs: number;
      /** The addresses that are refused, as text for the log; null: none. */
      readonly refused: string | null;
    }
  | { readonly failed: DnsFailureCode; readonly message: string };

export interface PolledSourceOptions {
  readonly name: string;
  readonly poll: () => Promise<Poll>;
  /** Cancels a running query. */
  readonly cancel: () => void;
  readonly clock: DiscoveryClock;
  readonly random: () => number;
}

/** An unreachable name server is queried again soon, but not by all clients at the same time. */
const BACKOFF = { firstMs: 500, mostMs: 15_000, resetMs: 60_000 };

/** A source that queries periodically. Failures keep the last state, including the answer that there are no addresses. */
export function createPolledSource({
  name,
  poll,
  cancel,
  clock,
  random,
}: PolledSourceOptions): EndpointSource {
  const journal = createJournal(clock);
  const held = createSourceState();
  const backoff = createBackoff(BACKOFF, clock, random);
  const abort = new AbortController();
  const { signal } = abort;
  let failing: DnsFailureCode | null = null;
  let running = Promise.resolve();

  async function run(): Promise<void> {
    while (!signal.aborted) {
      // A lookup by the C library cannot be cancelled, so `stop` does not wait for it.
      const result = await unlessAborted(poll(), signal);
      if (result === null || signal.aborted) return;
      const againMs = 'failed' in result ? failed(result.failed, result.message) : apply(result);
      await pause(againMs, clock, signal);
    }
  }

  function apply(result: Exclude<Poll, { failed: unknown }>): number {
    journal.alive();
    if (failing !== null) {
      journal.over(`dns_${failing}`);
      journal.say({ level: 'info', code: 'dns_back', message: `${name} resolves again` });
    }
    failing = null;
    const { endpoints, addresses, refused } = result;
    if (refused === null) journal.over('endpoint_refused');
    else {
      const message = `${name} has addresses that are refused: ${refused}`;
      journal.say({ level: 'warn', code: 'endpoint_refused', message });
    }
    if (held.replace({ endpoints, addresses, service: null })) journal.changed();
    return result.againMs;
  }

  function failed(code: DnsFailureCode, message: string): number {
    journal.count(code);
    if (failing !== code) {
      if (failing !== null) journal.over(`dns_${failing}`);
      journal.over('dns_back');
      const rest = held.current.endpoints.length > 0 ? '; keeping the last known endpoints' : '';
      journal.say({ level: 'warn', code: `dns_${code}`, message: `${name}: ${message}${rest}` });
    }
    failing = code;
    if (code === 'not_found') {
      journal.alive();
      // "Does not exist" is an answer, so the source is synced.
      const { endpoints, addresses } = held.current;
      if (held.replace({ endpoints, addresses, service: null })) journal.changed();
    }
    return backoff.next();
  }

  return {
    name,
    get state() {
      return held.current;
    },
    get health() {
      return { ...journal.health, synced: held.current.synced };
    },
    start(listener) {
      journal.open(listener);
      running = run();
    },
    async stop() {
      journal.close();
      abort.abort();
      cancel();
      await running;
    },
  };
}

/**
 * The result of `work`, or null as soon as the signal is aborted. `Promise.race` with one long-lived promise would keep
 * the result of every query in memory until the stop.
 */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(null);
    const off = () => signal.removeEventListener('abort', stop);
    signal.addEventListener('abort', stop);
    work.then(resolve, reject).finally(off);
  });
}
