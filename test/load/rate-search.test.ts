import test from 'ava';
import fc from 'fast-check';
import { RateSearch, type StepVerdict } from '../../src/load/rate-search.ts';

const OPTIONS = { least: 1, most: 1_000_000, start: 100 };

/** Plays a search to its end with a verdict for each rate. */
function play(search: RateSearch, verdictOf: (rate: number, step: number) => StepVerdict): number[] {
  const rates: number[] = [];
  for (let rate = search.next; rate !== null; rate = search.next) {
    rates.push(rate);
    search.record(verdictOf(rate, rates.length));
  }
  return rates;
}

test('the rate doubles while it holds, and is then bisected', (t) => {
  const search = new RateSearch(OPTIONS);
  const rates = play(search, (rate) => (rate <= 1000 ? 'holds' : 'broken'));
  t.deepEqual(rates, [100, 200, 400, 800, 1600, 1600, 1130, 1130, 951, 1040, 1040, 995]);
  t.deepEqual([search.held, search.broken, search.end], [995, 1040, 'found']);
});

test('a step that does not hold is tried once more: one hiccup is not the endpoint', (t) => {
  const search = new RateSearch(OPTIONS);
  const rates = play(search, (rate, step) => (step === 2 || rate > 200 ? 'broken' : 'holds'));
  t.deepEqual(rates.slice(0, 5), [100, 200, 200, 400, 400]);
  t.true(search.held! >= 200);
});

test('if the first rate does not hold lower ones are tried, to the lowest', (t) => {
  const low = new RateSearch({ ...OPTIONS, least: 10 });
  t.deepEqual([...new Set(play(low, () => 'broken'))], [100, 50, 25, 12.5, 10]);
  t.deepEqual([low.held, low.broken, low.end], [null, 10, 'least_rate']);
  const found = new RateSearch({ ...OPTIONS, least: 10 });
  play(found, (rate) => (rate <= 30 ? 'holds' : 'broken'));
  t.deepEqual([found.end, found.held! <= 30 && found.held! > 28], ['found', true]);
});

test('it ends where the generator is the limit three times, with what held until then', (t) => {
  const search = new RateSearch(OPTIONS);
  const rates = play(search, (rate) => (rate < 400 ? 'holds' : 'limited'));
  t.deepEqual(rates, [100, 200, 400, 400, 400]);
  t.deepEqual([search.held, search.broken, search.end], [200, null, 'generator']);
});

test('a rate is settled by the last of its steps: limited, then broken, is broken', (t) => {
  const search = new RateSearch(OPTIONS);
  const verdicts: StepVerdict[] = ['limited', 'broken', 'broken', 'limited', 'holds'];
  t.deepEqual(
    play(search, (_, step) => verdicts[step - 1] ?? 'holds').slice(0, 6),
    [100, 100, 50, 50, 50, 70.7],
  );
});

test('the highest rate is the last, and a search that is over takes nothing any more', (t) => {
  const search = new RateSearch({ ...OPTIONS, most: 1000 });
  t.deepEqual(
    play(search, () => 'holds'),
    [100, 200, 400, 800, 1000],
  );
  search.record('broken');
  t.deepEqual([search.held, search.broken, search.end], [1000, null, 'most_rate']);
});

test('whatever the endpoint does, a search has no more than 40 steps, and what it has found has held', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom<StepVerdict>('holds', 'broken', 'limited'), { minLength: 1, maxLength: 60 }),
      (verdicts) => {
        const search = new RateSearch(OPTIONS);
        const held = new Set<number>();
        const rates = play(search, (rate, step) => {
          const verdict = verdicts[step % verdicts.length]!;
          if (verdict === 'holds') held.add(rate);
          return verdict;
        });
        t.true(rates.length <= 40);
        t.true(rates.every((rate) => rate >= OPTIONS.least && rate <= OPTIONS.most));
        t.true(search.held === null || held.has(search.held));
        t.true(search.held === null || search.broken === null || search.held < search.broken);
      },
    ),
  );
});

test('what an endpoint holds is found to a twentieth', (t) => {
  fc.assert(
    fc.property(fc.double({ min: 2, max: 900_000, noNaN: true }), (capacity) => {
      const search = new RateSearch(OPTIONS);
      play(search, (rate) => (rate <= capacity ? 'holds' : 'broken'));
      t.is(search.end, 'found');
      t.true(search.held! <= capacity && search.broken! > capacity);
      t.true(search.broken! / search.held! <= 1.06, `${search.held} to ${search.broken}`);
    }),
  );
});
