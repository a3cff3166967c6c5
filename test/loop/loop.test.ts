import { constants } from 'node:os';
import { fromLinux, leavesNothingOpen, onLinux } from '../linux/on-linux.ts';
import { receive, Sockets, send } from '../linux/sockets.ts';
import { bench, isOpen, watcher } from './loop-bench.ts';

const timerOf = (run: () => void) => new Alarm(run);

const { EPOLL } = await fromLinux(() => import('../../src/linux/epoll.ts'));
const { clear, openEventfd, raise } = await fromLinux(() => import('../../src/linux/eventfd.ts'));
const { Alarm } = await fromLinux(() => import('../../src/loop/timer-wheel.ts'));
const { Loop } = await fromLinux(() => import('../../src/loop/loop.ts'));

leavesNothingOpen();

const { errno } = constants as { errno: { readonly [name: string]: number } };

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
