import test, { type ExecutionContext } from 'ava';
import { createWriteQueue, type WriteOutcome } from '../../../src/controller/write/write-queue.ts';
import { failure } from '../../../src/discovery/kubernetes/failure.ts';
import { turnedClock } from '../../helpers/turned-clock.ts';
import { settled } from '../fake-api.ts';

function start(t: ExecutionContext, answer: (key: string) => WriteOutcome | Promise<WriteOutcome>) {
  const clock = turnedClock();
  const written: { readonly key: string; readonly at: number }[] = [];
  const told = { mayWrite: true };
  const queue = createWriteQueue({
    ...{ clock, random: () => 0, perSecond: 10, mayWrite: () => told.mayWrite },
    async write(key) {
      written.push({ key, at: clock.now() });
      return answer(key);
    },
  });
  t.teardown(() => {
    queue.stop();
    if (clock.waiting.length > 0) throw new Error(`timers are left: ${clock.waiting}`);
  });
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 50) {
      clock.advance(50);
      await settled();
    }
  }
  const times = (key: string) => written.filter((each) => each.key === key).map(({ at }) => at);
  return { clock, queue, written, told, pass, times };
}

test('keys are written 100 ms apart, the newest first, and each once', async (t) => {
  const { queue, written, pass } = start(t, () => 'done');
  for (const key of ['a', 'b', 'c', 'd', 'b']) queue.add(key);
  await pass(1000);
  t.deepEqual(
    written.map(({ key }) => key),
    ['a', 'b', 'd', 'c'],
  );
  t.true(written.every(({ at }, index) => at === 100 * index));
  t.false(queue.has('a'));
});

test('at most four are under way, so that a slow server is not asked ever more', async (t) => {
  const { queue, written, pass } = start(t, () => new Promise<WriteOutcome>(() => {}));
  for (const key of 'abcdefgh') queue.add(key);
  await pass(5000);
  t.is(written.length, 4);
});

test('a key that is added while it is written is written once more after it', async (t) => {
  let finish = (_: WriteOutcome) => {};
  const { queue, times, pass } = start(
    t,
    () =>
      new Promise((resolve) => {
        finish = resolve;
      }),
  );
  queue.add('a');
  queue.add('a');
  await pass(1000);
  t.is(times('a').length, 1);
  finish('done');
  await pass(200);
  t.is(times('a').length, 2);
  t.false(queue.has('a'), 'it does not wait');
});

test('a failure of one key doubles its wait, and a success ends that', async (t) => {
  let fails = 3;
  const { queue, times, pass } = start(t, (key) =>
    key === 'a' && fails-- > 0 ? failure('invalid', 'x') : 'done',
  );
  queue.add('a');
  await settled();
  await pass(300);
  queue.add('b');
  await pass(10_000);
  t.deepEqual(times('a'), [0, 1000, 3000, 7000]);
  t.deepEqual(times('b'), [300]);
  fails = 1;
  queue.add('a');
  await settled();
  await pass(2000);
  t.is(times('a')[5]! - times('a')[4]!, 1000);
});

test('a key that waits after a failure is not written sooner because it is added again', async (t) => {
  const { queue, times, pass } = start(t, () => failure('forbidden', 'x'));
  queue.add('a');
  for (let round = 0; round < 9; round++) {
    await pass(100);
    queue.add('a');
  }
  t.is(times('a').length, 1);
});

test('a failure of the server stops all keys', async (t) => {
  let fails = 1;
  const { queue, written, pass } = start(t, () => (fails-- > 0 ? failure('throttled', 'x', 2000) : 'done'));
  queue.add('a');
  await settled();
  queue.add('b');
  await pass(1900);
  t.is(written.length, 1);
  await pass(300);
  t.is(written.length, 3);
});

test('who may not write any more writes nothing, and later what was due', async (t) => {
  const { queue, written, told, pass } = start(t, () => 'done');
  queue.add('a');
  queue.add('b');
  told.mayWrite = false;
  queue.changed();
  await pass(1000);
  t.is(written.length, 1);
  told.mayWrite = true;
  queue.changed();
  await pass(200);
  // The first one was cancelled, as far as anybody knows.
  t.deepEqual(written.map(({ key }) => key).sort(), ['a', 'a', 'b']);
});

test('a key that is dropped is not written', async (t) => {
  const { queue, times, pass } = start(t, () => 'done');
  queue.add('a');
  queue.add('b');
  queue.drop('b');
  await pass(1000);
  t.deepEqual(times('b'), []);
});

test('a key is never written twice at the same time, however long the first write takes', async (t) => {
  const { queue, times, pass } = start(t, () => new Promise<WriteOutcome>(() => {}));
  queue.add('a');
  await pass(100);
  queue.add('a');
  queue.add('b');
  await pass(2000);
  t.deepEqual([times('a').length, times('b').length], [1, 1]);
});

test('ten thousand keys that are added at once wait for one timer', (t) => {
  const { queue, clock } = start(t, () => 'done');
  let timers = 0;
  const { after } = clock;
  clock.after = (ms, run) => {
    timers++;
    return after(ms, run);
  };
  for (let at = 0; at < 10_000; at++) queue.add(`key ${at}`);
  t.is(timers, 1);
});

test('waits after failures are over when this instance may write again', async (t) => {
  const { queue, told, pass, times } = start(t, () => failure('forbidden', 'not yet'));
  queue.add('a');
  await pass(20_000);
  const { length } = times('a');
  told.mayWrite = false;
  queue.changed();
  await pass(100);
  told.mayWrite = true;
  queue.changed();
  await pass(100);
  t.is(times('a').length, length + 1);
});

test('several failures of the server at once are one', async (t) => {
  const answers: (() => void)[] = [];
  const slow = start(
    t,
    () => new Promise((resolve) => answers.push(() => resolve(failure('reset', 'away')))),
  );
  for (const key of 'abcd') slow.queue.add(key);
  await slow.pass(500);
  for (const answer of answers.splice(0)) answer();
  await slow.pass(450);
  t.is(slow.written.length, 4);
  await slow.pass(100);
  t.is(slow.written.length, 5, 'the first wait, of 500 ms');
});
