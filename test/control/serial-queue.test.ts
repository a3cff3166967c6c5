import test from 'ava';
import { SerialQueue } from '../../src/control/serial-queue.ts';

test('turns are taken in order, one at a time, and give what they gave', async (t) => {
  const turns = new SerialQueue();
  const events: string[] = [];
  const run = (name: string) =>
    turns.run(async () => {
      events.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      events.push(`${name} ends`);
      return name;
    });
  t.deepEqual(await Promise.all([run('a'), run('b')]), ['a', 'b']);
  t.deepEqual(events, ['a begins', 'a ends', 'b begins', 'b ends']);
});

test('a turn that fails is its own, and the next one is taken', async (t) => {
  const turns = new SerialQueue();
  const failed = turns.run(async () => {
    throw new Error('mine');
  });
  const next = turns.run(async () => 'fine');
  await t.throwsAsync(failed, { message: 'mine' });
  t.is(await next, 'fine');
});
