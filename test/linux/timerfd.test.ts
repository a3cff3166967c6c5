import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';
import { Sockets } from './sockets.ts';

const { EPOLL, Epoll } = await fromLinux(() => import('../../src/linux/epoll.ts'));
const { openTimerfd, setTimerfd } = await fromLinux(() => import('../../src/linux/timerfd.ts'));

leavesNothingOpen();

onLinux(
  'an alarm comes when it was set for, not before, and once; a new one takes the place of the old',
  (t) => {
    const sockets = new Sockets(t);
    const fd = sockets.keep(openTimerfd());
    const epoll = new Epoll(4);
    sockets.keep(epoll.fd);
    t.is(epoll.add(fd, EPOLL.IN | EPOLL.ET), 0);
    t.is(epoll.wait(0), 0);
    for (const inUs of [500, 2000, 1_200_000 - 1_199_000]) {
      const began = performance.now();
      t.is(setTimerfd(fd, 3_600_000_000), 0);
      t.is(setTimerfd(fd, inUs), 0);
      t.is(epoll.wait(5000), 1);
      t.true(performance.now() - began >= inUs / 1000);
      t.is(epoll.wait(0), 0);
    }
  },
);

onLinux('an alarm that is due already, or more than a second off, is one too', (t) => {
  const sockets = new Sockets(t);
  const fd = sockets.keep(openTimerfd());
  const epoll = new Epoll(4);
  sockets.keep(epoll.fd);
  epoll.add(fd, EPOLL.IN | EPOLL.ET);
  for (const inUs of [0, -5, 0.25]) {
    t.is(setTimerfd(fd, inUs), 0);
    t.is(epoll.wait(5000), 1);
  }
  const began = performance.now();
  setTimerfd(fd, 1_100_000);
  t.is(epoll.wait(5000), 1);
  const took = performance.now() - began;
  t.true(took >= 1100 && took < 4000, `${took}`);
});

onLinux('what is no timer is refused', (t) => {
  t.true(setTimerfd(-1, 5) < 0);
});
