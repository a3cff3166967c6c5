import { fstatSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import type { Watcher } from '../../src/loop/loop.ts';
import { fromLinux } from '../linux/on-linux.ts';
import { Sockets } from '../linux/sockets.ts';

const { EPOLL } = await fromLinux(() => import('../../src/linux/epoll.ts'));
const { openEventfd, raise } = await fromLinux(() => import('../../src/linux/eventfd.ts'));
const { Loop } = await fromLinux(() => import('../../src/loop/loop.ts'));

/** A loop with a clock that the test turns, and what it watches: ended after the test. */
export function bench(t: ExecutionContext) {
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

export function watcher(heard: string[], name: string, ready: () => void): Watcher {
  return {
    ready: () => {
      heard.push(name);
      ready();
    },
  };
}

export function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}
