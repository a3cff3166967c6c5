import { fstatSync } from 'node:fs';
import { fromLinux, LINUX, leavesNothingOpen, onLinux } from '../../linux/on-linux.ts';

const { PipePool } = await fromLinux(() => import('../../../src/engine/epoll/pipe-pool.ts'));
const { DescriptorTable } = await fromLinux(() => import('../../../src/engine/threads/descriptor-table.ts'));
const { splice } = await fromLinux(() => import('../../../src/linux/pipe.ts'));

const { declare } = await fromLinux(() => import('../../../src/linux/libc.ts'));
const fcntl = LINUX ? declare('int fcntl(int fd, int command, int value)') : () => 0;

leavesNothingOpen();

// include/uapi/linux/fcntl.h
const F_GETPIPE_SZ = 1024 + 8;
const WIDE = 1 << 20;
const NARROW = 64 << 10;

onLinux('workers share the pipes of a process, and each has a wide one', (t) => {
  const pool = new PipePool(64, new DescriptorTable());
  const pipes = Array.from({ length: 5 }, () => pool.acquire());
  t.is(pipes.filter((pipe) => pipe !== null).length, 4, '256 among 64');
  const held = pipes.flatMap((pipe) => (pipe === null ? [] : [fcntl(pipe.read, F_GETPIPE_SZ, 0)]));
  t.deepEqual(held, [WIDE, NARROW, NARROW, NARROW]);
  for (const pipe of pipes) if (pipe !== null) pool.release(pipe);
  pool.stop();
});

onLinux('a pipe that was given back is used again; one that holds bytes is not, and makes room', (t) => {
  const table = new DescriptorTable();
  const pool = new PipePool(256, table);
  const first = pool.acquire()!;
  t.is(pool.acquire(), null);
  pool.release(first);
  t.is(pool.acquire(), first);
  pool.discard(first);
  t.throws(() => fstatSync(first.read), { code: 'EBADF' });
  const second = pool.acquire()!;
  t.true(splice(second.read, second.write, 1) < 0);
  pool.release(second);
  pool.stop();
  let open = 0;
  table.visitAndForget(() => open++);
  t.is(open, 0);
});

onLinux('where pipes are of no use none is given any more, and none stays open', (t) => {
  const pool = new PipePool(1, new DescriptorTable());
  const [first, second] = [pool.acquire()!, pool.acquire()!];
  pool.release(first);
  pool.giveUp();
  t.throws(() => fstatSync(first.read), { code: 'EBADF' });
  t.is(pool.acquire(), null);
  pool.release(second);
  pool.stop();
  t.throws(() => fstatSync(second.read), { code: 'EBADF' });
});
