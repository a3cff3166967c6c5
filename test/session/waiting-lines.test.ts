import test from 'ava';
import { type DialWaiter, WaitingLines } from '../../src/session/waiting-lines.ts';

const PATH = '/run/app';

/** Lines whose time comes when a test says so, before a queue that has room for so many. */
function create() {
  const due: { readonly ms: number; readonly run: () => void }[] = [];
  const lines = new WaitingLines((ms, run) => due.push({ ms, run }));
  const served: string[] = [];
  const queue = { room: 0, tries: 0 };
  const waiter = (name: string): DialWaiter => {
    const self: DialWaiter = {
      dialAgain: () => {
        queue.tries++;
        if (queue.room === 0) {
          lines.full(self);
          return;
        }
        queue.room--;
        served.push(name);
        lines.through(self);
      },
    };
    return self;
  };
  const pass = () => due.shift()!.run();
  return { lines, served, queue, waiter, due, pass };
}

test('waiting sessions dial in their order, as many as there is room for', (t) => {
  const { lines, served, queue, waiter, due, pass } = create();
  for (const name of ['a', 'b', 'c', 'd']) lines.join(PATH, waiter(name));
  t.is(due.length, 1);
  t.is(queue.tries, 0);
  queue.room = 3;
  pass();
  t.deepEqual(served, ['a', 'b', 'c']);
  queue.room = 5;
  pass();
  t.deepEqual(served, ['a', 'b', 'c', 'd']);
  t.is(due.length, 0);
  t.false(lines.has(PATH));
});

test('while there is no room, only one dials for all, less and less often', (t) => {
  const { lines, queue, waiter, due, pass } = create();
  for (let count = 0; count < 1000; count++) lines.join(PATH, waiter(`${count}`));
  const pauses: number[] = [];
  for (let count = 0; count < 7; count++) {
    pauses.push(due[0]!.ms);
    pass();
    t.is(due.length, 1);
  }
  t.is(queue.tries, 7);
  t.deepEqual(pauses, [4, 8, 16, 32, 64, 64, 64]);
  queue.room = 1;
  pass();
  t.is(due[0]!.ms, 4);
});

test('a waiter that leaves does not dial any more, and a line without waiters is removed', (t) => {
  const { lines, served, queue, waiter, pass } = create();
  const [a, b] = [waiter('a'), waiter('b')];
  lines.join(PATH, a);
  lines.join(PATH, b);
  t.true(lines.leave(a));
  t.false(lines.leave(a));
  t.true(lines.has(PATH));
  t.true(lines.leave(b));
  t.false(lines.has(PATH));
  queue.room = 9;
  pass();
  t.deepEqual(served, []);
  // A new one, while the time of the old one is past.
  lines.join(PATH, a);
  pass();
  t.deepEqual(served, ['a']);
});

test('each path has a line of its own', (t) => {
  const { lines, served, queue, waiter, pass } = create();
  lines.join('/run/one', waiter('one'));
  lines.join('/run/two', waiter('two'));
  t.true(lines.has('/run/one') && lines.has('/run/two'));
  t.false(lines.has('/run/three'));
  pass();
  queue.room = 1;
  pass();
  t.deepEqual(served, ['two']);
});

test('a waiter whose result comes later blocks the others until it comes or the waiter leaves', (t) => {
  const { lines, served, queue, waiter, pass } = create();
  let dialed = 0;
  const slow: DialWaiter = { dialAgain: () => dialed++ };
  lines.join(PATH, slow);
  lines.join(PATH, waiter('next'));
  queue.room = 9;
  pass();
  t.is(dialed, 1);
  t.deepEqual(served, []);
  t.false(lines.full(waiter('nobody')));
  t.true(lines.full(slow));
  pass();
  t.is(dialed, 2);
  lines.leave(slow);
  t.deepEqual(served, ['next']);
});

test('a long line is worked off without recursion', (t) => {
  const { lines, served, queue, waiter, pass } = create();
  for (let count = 0; count < 50_000; count++) lines.join(PATH, waiter(`${count}`));
  queue.room = 50_000;
  pass();
  t.is(served.length, 50_000);
});

test('a success in one line does not shorten the pause of another', (t) => {
  const { lines, waiter, due, pass } = create();
  lines.join(PATH, waiter('a'));
  pass();
  lines.through(waiter('b'));
  pass();
  t.is(due[0]!.ms, 16);
});
