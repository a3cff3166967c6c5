import test from 'ava';
import fc from 'fast-check';
import { type FailureOutcome, Pool } from '../../src/endpoints/pool.ts';
import { ALL, endpoint, endpointState, endpoints, fromFirst, slotsOf, snapshot } from './pool-parts.ts';

// Random events, compared with an oracle that recomputes everything each time.

type Event =
  | { readonly kind: 'pick'; readonly worker: number }
  | { readonly kind: 'fail' | 'connect'; readonly worker: number; readonly slot: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'replace'; readonly worker: number; readonly slots: readonly number[] };

const SLOTS = 5;
const worker = fc.nat(1);
const slot = fc.nat(SLOTS - 1);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('pick' as const), worker }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('fail' as const), worker, slot }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('connect' as const), worker, slot }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 60 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('replace' as const), worker, slots: fc.uniqueArray(slot) }),
  },
);

/** The rules in their simplest form, without any cached list. */
class Oracle {
  readonly #after: number;
  readonly #percent: number;
  readonly #failures = new Array<number>(SLOTS).fill(0);
  readonly #until = new Array<number>(SLOTS).fill(0);

  constructor(after: number, percent: number) {
    this.#after = after;
    this.#percent = percent;
  }

  failed(slots: readonly number[], of: number, nowMs: number): FailureOutcome {
    this.#failures[of]! += 1;
    if (this.#after === 0 || this.#failures[of]! < this.#after) return 'counted';
    if (this.#until[of]! > nowMs) return 'counted';
    if (this.#ejected(slots, nowMs).length >= this.#bound(slots)) return 'ignored';
    this.#until[of] = nowMs + 100;
    return 'ejected';
  }

  connected(of: number): void {
    this.#failures[of] = 0;
    this.#until[of] = 0;
  }

  leftOut(slots: readonly number[], nowMs: number): readonly number[] {
    const ejected = this.#ejected(slots, nowMs);
    return ejected.length > this.#bound(slots) ? [] : ejected;
  }

  #ejected(slots: readonly number[], nowMs: number): number[] {
    return slots.filter((each) => this.#until[each]! > nowMs);
  }

  #bound(slots: readonly number[]): number {
    return Math.floor((slots.length * this.#percent) / 100);
  }
}

test('two workers that share their state behave as the rules say, whatever happens', (t) => {
  const run = fc.record({
    after: fc.integer({ min: 0, max: 3 }),
    percent: fc.oneof(fc.constantFrom(0, 50, 100), fc.nat(100)),
    events: fc.array(event, { maxLength: 120 }),
  });
  let ejections = 0;
  fc.assert(
    fc.property(run, ({ after, percent, events }) => {
      const options = { after, forMs: 100, maxShare: percent / 100 };
      const state = endpointState(SLOTS);
      const slots: (readonly number[])[] = [endpoints(SLOTS), endpoints(SLOTS)].map((all) =>
        all.map((e) => e.slot),
      );
      const pools = slots.map((each) => new Pool(snapshot(each.map(endpoint)), options, state, fromFirst));
      const oracle = new Oracle(after, percent);
      /** Where the next round of a worker must begin, unless another event comes first. */
      const next: (number | null)[] = [null, null];
      let nowMs = 0;
      for (const each of events) {
        if (each.kind === 'wait') nowMs += each.ms;
        else if (each.kind === 'connect') {
          pools[each.worker]!.connected(endpoint(each.slot));
          oracle.connected(each.slot);
        } else if (each.kind === 'fail') {
          const outcome = pools[each.worker]!.failed(endpoint(each.slot), nowMs);
          t.is(outcome, oracle.failed(slots[each.worker]!, each.slot, nowMs));
          if (outcome === 'ejected') ejections++;
        } else if (each.kind === 'replace') {
          slots[each.worker] = each.slots;
          pools[each.worker]!.replace(snapshot(each.slots.map(endpoint)), options);
        }
        if (each.kind !== 'pick') {
          next.fill(null);
          continue;
        }
        const pool = pools[each.worker]!;
        const ejected = oracle.leftOut(slots[each.worker]!, nowMs);
        const usable = slots[each.worker]!.filter((one) => !ejected.includes(one));
        const ring = usable.length > 0 ? usable : ejected;
        const order = slotsOf(pool.candidates(nowMs, ALL));
        const last = ring === usable ? ejected : [];
        const sorted = [order.slice(0, ring.length).sort(), order.slice(ring.length).sort()];
        t.deepEqual(sorted, [ring.toSorted(), last.toSorted()]);
        const start = Math.max(ring.indexOf(order[0]!), 0);
        if (next[each.worker] !== null) t.is(start, next[each.worker]!);
        next[each.worker] = (start + 1) % Math.max(ring.length, 1);
        t.deepEqual(pool.counts(nowMs), { usable: usable.length, ejected: ejected.length });
      }
    }),
    { numRuns: 300 },
  );
  t.true(ejections > 0);
});
