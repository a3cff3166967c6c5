import { once } from 'node:events';
import { fstatSync } from 'node:fs';
import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ExecutionContext } from 'ava';
import type { Watcher } from '../../src/loop/loop.ts';
import { fromLinux, leavesNothingOpen, onLinux } from '../linux/on-linux.ts';
import type { RaiseOrder } from '../linux/raise-worker.ts';
import { receive, Sockets, send } from '../linux/sockets.ts';

const timerOf = (run: () => void) => new Alarm(run);

const { EPOLL } = await fromLinux(() => import('../../src/linux/epoll.ts'));
const { clear, openEventfd, raise } = await fromLinux(() => import('../../src/linux/eventfd.ts'));
const { Loop } = await fromLinux(() => import('../../src/loop/loop.ts'));
const { Alarm } = await fromLinux(() => import('../../src/loop/timer-wheel.ts'));

leavesNothingOpen();

const { errno } = constants as { errno: { readonly [name: string]: number } };

/** A loop with a clock that the test turns, and what it watches: ended after the test. */
function bench(t: ExecutionContext) {
  const sockets = new Sockets(t);
  const wakeFd = sockets.keep(openEventfd());
  const clock = { now: 1_000_000 };
  const heard: string[] = [];
  const loop = new Loop({ now: () => clock.now, wakeFd, woken: () => heard.push('woken') < 0 });
  t.teardown(() => loop.stop());
  return {
    sockets,
    wakeFd,
    clock,
    loop,
    heard,
    /** A descriptor that is ready to read, watched under a name. */
    event(name: string, ready: () => void = () => {}): number {
      const fd = sockets.keep(openEventfd());
      raise(fd);
      t.is(loop.watch(fd, EPOLL.IN | EPOLL.ET, watcher(heard, name, ready)), 0);
      return fd;
    },
    /** Closed at the end of the batch: by the loop, not by the teardown. */
    close(fd: number): void {
      loop.close(sockets.release(fd));
    },
  };
}

function watcher(heard: string[], name: string, ready: () => void): Watcher {
  return {
    ready: () => {
      heard.push(name);
      ready();
    },
  };
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

onLinux('who watches a descriptor hears what happened to it, and nobody else does', (t) => {
  const { loop, sockets } = bench(t);
  const { client, served } = sockets.pair();
  const events: [string, number][] = [];
  const watched = EPOLL.IN | EPOLL.OUT | EPOLL.RDHUP | EPOLL.ET;
  t.is(loop.watch(client, watched, { ready: (mask) => events.push(['client', mask]) }), 0);
  t.is(loop.watch(served, watched, { ready: (mask) => events.push(['served', mask]) }), 0);
  loop.turn();
  t.deepEqual(events.splice(0).toSorted(), [
    ['client', EPOLL.OUT],
    ['served', EPOLL.OUT],
  ]);
  send(client, 'hello');
  loop.turn();
  t.deepEqual(events, [['served', EPOLL.IN | EPOLL.OUT]]);
  t.is(receive(served), 'hello');
});

onLinux('all events of a batch are handled in one turn', (t) => {
  const { loop, heard, event } = bench(t);
  const names = Array.from({ length: 100 }, (_, index) => `${index}`);
  for (const name of names) event(name);
  loop.turn();
  t.deepEqual(heard.toSorted(), names.toSorted());
});

onLinux('what closes another descriptor of the same batch keeps its event from it', (t) => {
  const { loop, heard, event, close, clock } = bench(t);
  const fds: number[] = [];
  for (const [name, other] of [
    ['a', 1],
    ['b', 0],
  ] as const) {
    fds.push(event(name, () => close(fds[other]!)));
  }
  loop.turn();
  t.is(heard.length, 1, `${heard}`);
  // Nor does it come in a later one; the timer ends the wait.
  loop.timers.set(
    timerOf(() => heard.push('timer')),
    clock.now,
  );
  clock.now += 16;
  loop.turn();
  t.deepEqual(heard.slice(1), ['timer']);
});

onLinux('a reset keeps the event from it as a close does, and the peer sees the reset', (t) => {
  const { loop, heard, sockets, event } = bench(t);
  const { client, served } = sockets.pair();
  let first = '';
  const meet = (name: string) => {
    if (first !== '') t.fail(`${name} was reset by ${first}`);
    first = name;
    loop.reset(sockets.release(served));
    loop.unwatch(fd);
  };
  const fd = event('event', () => meet('event'));
  t.is(
    loop.watch(
      served,
      EPOLL.IN | EPOLL.ET,
      watcher(heard, 'served', () => meet('served')),
    ),
    0,
  );
  send(client, 'unread');
  loop.turn();
  t.is(heard.length, 1, `${heard}`);
  t.is(receive(client), -errno.ECONNRESET!);
});

onLinux('what is closed now is closed now, told of, and not heard of in the same batch', (t) => {
  const sockets = new Sockets(t);
  const wakeFd = sockets.keep(openEventfd());
  const told: number[] = [];
  const heard: string[] = [];
  const loop = new Loop({ now: () => 0, wakeFd, woken: () => false, closed: (fd) => told.push(fd) });
  t.teardown(() => loop.stop());
  const fds: number[] = [];
  for (const [name, other] of [
    ['a', 1],
    ['b', 0],
  ] as const) {
    const fd = sockets.keep(openEventfd());
    raise(fd);
    const ready = () => {
      loop.closeNow(sockets.release(fds[other]!));
      t.false(isOpen(fds[other]!));
    };
    loop.watch(fd, EPOLL.IN | EPOLL.ET, watcher(heard, name, ready));
    fds.push(fd);
  }
  loop.turn();
  t.is(heard.length, 1, `${heard}`);
  t.deepEqual(told, [heard[0] === 'a' ? fds[1]! : fds[0]!]);
});

onLinux('a number is not used again before the batch is through', (t) => {
  const { loop, heard, sockets, event, close } = bench(t);
  const opened: number[] = [];
  const closed: number[] = [];
  const names = ['a', 'b', 'c', 'd'];
  const fds = names.map((name, index) =>
    event(name, () => {
      const fd = fds[index]!;
      close(fd);
      closed.push(fd);
      t.true(isOpen(fd));
      opened.push(sockets.keep(openEventfd()));
    }),
  );
  loop.turn();
  t.is(heard.length, names.length);
  t.deepEqual(
    opened.filter((fd) => closed.includes(fd)),
    [],
  );
  t.deepEqual(closed.filter(isOpen), []);
  // Now they are free, and whoever has one of them hears of its own events.
  const again = event('again');
  t.true(closed.includes(again));
  loop.turn();
  t.is(heard.at(-1), 'again');
});

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

onLinux(
  'a descriptor that is no longer watched stays open and is not heard of, and may be watched again',
  (t) => {
    const { loop, heard, event, wakeFd, sockets } = bench(t);
    const fd = event('before');
    loop.unwatch(fd);
    raise(wakeFd);
    loop.turn();
    t.deepEqual(heard, ['woken']);
    t.true(isOpen(fd));
    t.is(
      loop.watch(
        fd,
        EPOLL.IN,
        watcher(heard, 'after', () => clear(fd)),
      ),
      0,
    );
    loop.turn();
    t.deepEqual(heard, ['woken', 'after']);
    sockets.close(fd);
  },
);

onLinux('what is no longer watched in the middle of a batch does not hear of its event in it', (t) => {
  const { loop, heard, event } = bench(t);
  const fds: number[] = [];
  for (const [name, other] of [
    ['a', 1],
    ['b', 0],
  ] as const) {
    fds.push(event(name, () => loop.unwatch(fds[other]!)));
  }
  loop.turn();
  t.is(heard.length, 1, `${heard}`);
});

onLinux('a descriptor that can not be watched is a negative errno', (t) => {
  const { loop, sockets } = bench(t);
  const fd = sockets.keep(openEventfd());
  sockets.close(fd);
  t.is(loop.watch(fd, EPOLL.IN, { ready: () => t.fail() }), -errno.EBADF!);
});

onLinux('another thread ends the wait, and its wish is heard once', async (t) => {
  const { loop, heard, wakeFd } = bench(t);
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const order: RaiseOrder = { fd: wakeFd, times: 1, gate };
  const worker = new Worker(new URL('../linux/raise-worker.js', import.meta.url), { workerData: order });
  const exited = once(worker, 'exit');
  await once(worker, 'online');
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  for (let turn = 0; heard.length === 0 && turn < 10; turn++) loop.turn();
  t.deepEqual(heard, ['woken']);
  await exited;
  loop.again(() => heard.push('next'));
  loop.turn();
  t.deepEqual(heard, ['woken', 'next']);
});

onLinux('a wish that came while others were handled is heard in the next turn', (t) => {
  const { loop, heard, event, wakeFd } = bench(t);
  event('event', () => raise(wakeFd));
  loop.turn();
  loop.turn();
  t.deepEqual(heard, ['event', 'woken']);
});

onLinux('a wish is heard when what was closed before it is closed, be it by another wish', (t) => {
  const sockets = new Sockets(t);
  const wakeFd = sockets.keep(openEventfd());
  const fds = [0, 1, 2].map(() => openEventfd());
  const seen: boolean[][] = [];
  const loop = new Loop({
    now: () => 0,
    wakeFd,
    woken: () => {
      seen.push(fds.map(isOpen));
      loop.close(fds[seen.length]!);
      return seen.length < 2;
    },
  });
  t.teardown(() => loop.stop());
  raise(wakeFd);
  const event = sockets.keep(openEventfd());
  raise(event);
  loop.watch(event, EPOLL.IN | EPOLL.ET, { ready: () => loop.close(fds[0]!) });
  loop.turn();
  t.is(seen.length, 1, 'what happens to others is not held up by wishes');
  loop.turn();
  t.deepEqual(seen, [
    [false, true, true],
    [false, false, true],
  ]);
  t.deepEqual(fds.map(isOpen), [false, false, false]);
});

onLinux('each descriptor that was closed or reset is told of, after the others have had their turn', (t) => {
  const sockets = new Sockets(t);
  const wakeFd = sockets.keep(openEventfd());
  const told: [number, boolean][] = [];
  const closed = (fd: number) => told.push([fd, isOpen(fd)]);
  const loop = new Loop({ now: () => 0, wakeFd, woken: () => false, closed });
  const { client, served } = sockets.pair();
  raise(wakeFd);
  loop.close(sockets.release(client));
  loop.reset(sockets.release(served));
  t.deepEqual(told, []);
  loop.turn();
  t.deepEqual(told, [
    [client, false],
    [served, false],
  ]);
  t.true(isOpen(loop.fd));
  const { fd } = loop;
  loop.stop();
  t.false(isOpen(fd));
});

onLinux('a stop does what is left for later, closes what was to be closed, and the set', (t) => {
  const sockets = new Sockets(t);
  const wakeFd = sockets.keep(openEventfd());
  const loop = new Loop({ now: () => 0, wakeFd, woken: () => false });
  const fd = openEventfd();
  loop.watch(fd, EPOLL.IN, { ready: () => {} });
  const done: string[] = [];
  loop.later(() => done.push(isOpen(fd) ? 'open' : 'closed'));
  loop.close(fd);
  loop.stop();
  t.deepEqual(done, ['open']);
  t.false(isOpen(fd));
  t.true(isOpen(wakeFd));
  t.is(loop.watch(wakeFd, EPOLL.IN, { ready: () => {} }), -errno.EBADF!);
});
