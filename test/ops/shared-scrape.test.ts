import test from 'ava';
import { shareQuestion, shareScrape } from '../../src/ops/shared-scrape.ts';
import { createManualClock } from '../observe/manual-clock.ts';

/** Resolves once every promise that is already due has run. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}

/** Scrapes that end when the test ends them. */
function create() {
  const clock = createManualClock();
  const running: ((text: string | Error) => void)[] = [];
  let most = 0;
  let begun = 0;
  const scrape = shareScrape(() => {
    begun++;
    return new Promise((resolve, reject) => {
      running.push((text) => (typeof text === 'string' ? resolve(text) : reject(text)));
      most = Math.max(most, running.length);
    });
  }, clock);
  const end = async (text: string | Error) => {
    running.shift()!(text);
    await settled();
  };
  return { clock, scrape, end, facts: () => ({ begun, most }) };
}

test('who asks before a scrape has begun shares it, and its very bytes', async (t) => {
  const { scrape, end, facts } = create();
  const asked = [scrape(), scrape(), scrape()];
  await settled();
  await end('1');
  const answers = await Promise.all(asked);
  t.true(answers.every((answer) => answer === answers[0]));
  t.is(answers[0]!.toString(), '1');
  t.deepEqual(facts(), { begun: 1, most: 1 });
});

test('who asks while one is under way waits for the next, and there are never two', async (t) => {
  const { scrape, end, facts } = create();
  const first = scrape();
  await settled();
  const later = [scrape(), scrape()];
  await settled();
  t.deepEqual(facts(), { begun: 1, most: 1 });
  await end('1');
  await end('2');
  t.is((await first).toString(), '1');
  for (const answer of await Promise.all(later)) t.is(answer.toString(), '2');
  t.deepEqual(facts(), { begun: 2, most: 1 });
});

test('behind a scrape the thread rests four times as long, and a second at most', async (t) => {
  for (const [tookMs, restMs] of [
    [10, 40],
    [5000, 1000],
  ] as const) {
    const { clock, scrape, end, facts } = create();
    const first = scrape();
    await settled();
    clock.advance(tookMs);
    await end('1');
    await first;
    const next = scrape();
    await settled();
    clock.advance(restMs - 1);
    await settled();
    t.is(facts().begun, 1);
    clock.advance(1);
    await settled();
    t.is(facts().begun, 2);
    await end('2');
    t.is((await next).toString(), '2');
  }
});

test('a scrape that fails fails for those who asked for it, and not for the next', async (t) => {
  const { scrape, end } = create();
  const first = scrape();
  const failed = t.throwsAsync(first, { message: 'no' });
  await settled();
  const next = scrape();
  await end(new Error('no'));
  await failed;
  await end('2');
  t.is((await next).toString(), '2');
});

test('a question that is under way is not asked again', async (t) => {
  let asked = 0;
  const answers: ((answer: number) => void)[] = [];
  const ask = shareQuestion(() => {
    asked++;
    return new Promise<number>((resolve) => answers.push(resolve));
  });
  const both = [ask(), ask()];
  answers[0]!(1);
  t.deepEqual(await Promise.all(both), [1, 1]);
  const third = ask();
  answers[1]!(2);
  t.is(await third, 2);
  t.is(asked, 2);
});
