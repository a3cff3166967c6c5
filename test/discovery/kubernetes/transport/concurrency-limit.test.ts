import test from 'ava';
import { createConcurrencyLimit } from '../../../../src/discovery/kubernetes/transport/concurrency-limit.ts';

const NEVER = new AbortController().signal;

/** A task that runs until the test ends it. */
function work() {
  let end = () => {};
  let hasBegun = false;
  const begin = () =>
    new Promise<string>((resolve) => {
      hasBegun = true;
      end = () => resolve('done');
    });
  return { begin, end: () => end(), hasBegun: () => hasBegun };
}

const settled = () => new Promise(setImmediate);

test('a fixed number of tasks run at a time, and the others follow in order', async (t) => {
  const turns = createConcurrencyLimit(2);
  const works = Array.from({ length: 5 }, work);
  const begun = () => works.map(({ hasBegun }) => hasBegun());
  const runs = works.map(({ begin }) => turns.run(begin, NEVER));
  t.deepEqual(begun(), [true, true, false, false, false]);
  works[1]!.end();
  await settled();
  t.deepEqual(begun(), [true, true, true, false, false]);
  for (const { end } of works) {
    end();
    await settled();
  }
  t.deepEqual(await Promise.all(runs), Array(5).fill('done'));
});

test('a task that is cancelled while waiting delays nobody, and one that throws passes its place on', async (t) => {
  const turns = createConcurrencyLimit(1);
  const abort = new AbortController();
  const [first, second, third] = [work(), work(), work()];
  const failing = turns.run(async () => {
    await first.begin();
    throw new Error('as it may');
  }, NEVER);
  const left = turns.run(second.begin, abort.signal);
  const run = turns.run(third.begin, NEVER);
  abort.abort();
  t.is(await left, null);
  first.end();
  await t.throwsAsync(failing, { message: 'as it may' });
  await settled();
  t.deepEqual([second.hasBegun(), third.hasBegun()], [false, true]);
  third.end();
  t.is(await run, 'done');
});
