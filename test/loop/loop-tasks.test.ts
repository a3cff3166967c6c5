import { constants } from 'node:os';
import { fromLinux, leavesNothingOpen, onLinux } from '../linux/on-linux.ts';
import { receive, Sockets } from '../linux/sockets.ts';
import { bench, isOpen } from './loop-bench.ts';

const timerOf = (run: () => void) => new Alarm(run);

const { openEventfd, raise } = await fromLinux(() => import('../../src/linux/eventfd.ts'));
const { Alarm } = await fromLinux(() => import('../../src/loop/timer-wheel.ts'));
const { Loop } = await fromLinux(() => import('../../src/loop/loop.ts'));

leavesNothingOpen();

const { errno } = constants as { errno: { readonly [name: string]: number } };

onLinux(
  'a task that is to run shortly runs behind the events of a turn that nothing has to happen in',
  (t) => {
    const { loop, heard, event } = bench(t);
    loop.shortly(() => heard.push('alone'));
    loop.turn();
    t.deepEqual(heard, ['alone']);
    event('event');
    loop.shortly(() => {
      heard.push('shortly');
      loop.later(() => heard.push('later'));
    });
    loop.turn();
    t.deepEqual(heard, ['alone', 'event', 'shortly', 'later']);
  },
);

onLinux('tasks for later run when the batch is through, in their order, before anything is closed', (t) => {
  const { loop, heard, event, close } = bench(t);
  const fds = ['a', 'b'].map((name, index) =>
    event(name, () => {
      const fd = fds[index]!;
      close(fd);
      loop.later(() => heard.push(`later ${isOpen(fd) ? 'open' : 'closed'}`));
      loop.later(() => heard.push('and then'));
    }),
  );
  loop.turn();
  t.deepEqual(heard.slice(2), ['later open', 'and then', 'later open', 'and then']);
  t.deepEqual(fds.filter(isOpen), []);
});

onLinux('a task for later may close, reset, and ask for another: all of it is done in the same turn', (t) => {
  const { loop, heard, sockets, event, close } = bench(t);
  const { client, served } = sockets.pair();
  const fd = event('event', () =>
    loop.later(() => {
      loop.later(() => heard.push(`second ${isOpen(fd) ? 'open' : 'closed'}`));
      close(fd);
      loop.reset(sockets.release(served));
    }),
  );
  loop.turn();
  t.deepEqual(heard, ['event', 'second open']);
  t.false(isOpen(fd));
  t.is(receive(client), -errno.ECONNRESET!);
});

onLinux(
  'a task that is to run again runs in the next turn, which does not wait; events have theirs between',
  (t) => {
    const { loop, heard, event, wakeFd } = bench(t);
    let left = 3;
    const task = () => {
      heard.push(`task ${left}`);
      if (left === 2) raise(wakeFd);
      if (--left > 0) loop.again(task);
    };
    event('event', () => loop.again(task));
    const before = performance.now();
    for (let turn = 0; turn < 3; turn++) loop.turn();
    // Without a task a turn would wait for a second.
    t.true(performance.now() - before < 950);
    t.deepEqual(heard, ['event', 'task 3', 'task 2', 'task 1', 'woken']);
  },
);

onLinux('timers that are due run in the turn, and end its wait', (t) => {
  const { loop, heard, clock } = bench(t);
  const timer = (name: string) => timerOf(() => heard.push(name));
  loop.timers.set(timer('due'), clock.now + 20);
  loop.timers.set(timer('later'), clock.now + 100);
  clock.now += 40;
  loop.turn();
  t.deepEqual(heard, ['due']);
  clock.now += 80;
  loop.turn();
  t.deepEqual(heard, ['due', 'later']);
});

onLinux('by a real clock a turn sleeps until its timer is due, and counts that as waiting', (t) => {
  const sockets = new Sockets(t);
  const loop = new Loop({
    now: () => performance.now(),
    wakeFd: sockets.keep(openEventfd()),
    woken: () => false,
  });
  t.teardown(() => loop.stop());
  const at = performance.now() + 60;
  let ranAt = 0;
  loop.timers.set(
    timerOf(() => {
      ranAt = performance.now();
    }),
    at,
  );
  const before = performance.now();
  let turns = 0;
  for (; ranAt === 0; turns++) loop.turn();
  const passed = performance.now() - before;
  t.true(ranAt >= at, `${at - ranAt} ms early`);
  t.true(turns <= 3, `${turns} turns`);
  t.true(loop.waitedMs > 50 && loop.waitedMs <= passed, `${loop.waitedMs} of ${passed}`);
});

onLinux('a turn without anything to do ends after a second', (t) => {
  const { loop, heard } = bench(t);
  const before = performance.now();
  loop.turn();
  const passed = performance.now() - before;
  t.true(passed >= 990, `${passed}`);
  t.true(passed < 5000, `${passed}`);
  t.deepEqual(heard, []);
});
