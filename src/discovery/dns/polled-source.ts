import type { EndpointSource } from '../../endpoints/endpoint-source.ts';
import type { KnownEndpoint } from '../../endpoints/known-endpoint.ts';
import { createBackoff, pause } from '../backoff.ts';
import type { DiscoveryClock } from '../discovery-clock.ts';
import { createJournal } from '../journal.ts';
import { createSourceState } from '../source-state.ts';
import type { DnsFailureCode } from './dns-failure.ts';

/** What asking once came to. */
export type Poll =
  | {
      /** Sorted, each once. */
      readonly endpoints: readonly KnownEndpoint[];
      readonly addresses: readonly Uint8Array[];
      /** When to ask again. */
      readonly againMs: number;
      /** What was left out of it, ready to be logged; null: nothing. */
      readonly refused: string | null;
    }
  | { readonly failed: DnsFailureCode; readonly message: string };

export interface PolledSourceOptions {
  readonly name: string;
  readonly poll: () => Promise<Poll>;
  /** Ends a poll that is under way. */
  readonly cancel: () => void;
  readonly clock: DiscoveryClock;
  readonly random: () => number;
}

/** A name server that is away is asked again soon, but not by everybody at once. */
const BACKOFF = { firstMs: 500, mostMs: 15_000, resetMs: 60_000 };

/** A source that asks, waits, and asks again. Answers that say "none" and no answers alike keep the last state. */
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
      // A question to the C library can't be called back: nobody waits for its answer.
      const result = await unlessAborted(poll(), signal);
      if (result === null || signal.aborted) return;
      const againMs = 'failed' in result ? failed(result.failed, result.message) : take(result);
      await pause(againMs, clock, signal);
    }
  }

  function take(result: Exclude<Poll, { failed: unknown }>): number {
    journal.alive();
    if (failing !== null) {
      journal.over(`dns_${failing}`);
      journal.say({ level: 'info', code: 'dns_back', message: `${name} has an answer again` });
    }
    failing = null;
    const { endpoints, addresses, refused } = result;
    if (refused === null) journal.over('endpoint_refused');
    else {
      const message = `addresses of ${name} are refused: ${refused}`;
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
      const rest = held.current.endpoints.length > 0 ? '; the endpoints known last go on' : '';
      journal.say({ level: 'warn', code: `dns_${code}`, message: `${name}: ${message}${rest}` });
    }
    failing = code;
    if (code === 'not_found') {
      journal.alive();
      // "There is none" is an answer, and the first one counts.
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
 * What `work` comes to, or null as soon as the signal says stop. Not a race with one promise of the stop: that would
 * keep every answer of every poll until then.
 */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const stop = () => resolve(null);
    const off = () => signal.removeEventListener('abort', stop);
    signal.addEventListener('abort', stop);
    work.then(resolve, reject).finally(off);
  });
}
