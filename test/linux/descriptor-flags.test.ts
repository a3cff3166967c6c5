import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';
import { Sockets } from './sockets.ts';

const { setCloseOnExec, setNonBlocking } = await fromLinux(
  () => import('../../src/linux/descriptor-flags.ts'),
);
const { duplicate } = await fromLinux(() => import('../../src/linux/socket.ts'));
const { declare } = await fromLinux(() => import('../../src/linux/libc.ts'));

leavesNothingOpen();

const { errno } = constants as { errno: { readonly [name: string]: number } };
const CLOSE_ON_EXEC = 0o2000000;
const NON_BLOCKING = 0o4000;

/** The flags of a descriptor, as the kernel shows them. */
function flagsOf(fd: number): number {
  const [, octal] = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))!;
  return Number.parseInt(octal!, 8);
}

onLinux('a descriptor that blocks and is inherited is made neither, one flag at a time', (t) => {
  const sockets = new Sockets(t);
  const make = declare('int socket(int domain, int type, int protocol)');
  const fd = sockets.keep(make(2, 1, 0));
  t.is(flagsOf(fd) & (CLOSE_ON_EXEC | NON_BLOCKING), 0);
  t.is(setNonBlocking(fd), 0);
  t.is(flagsOf(fd) & (CLOSE_ON_EXEC | NON_BLOCKING), NON_BLOCKING);
  t.is(setCloseOnExec(fd), 0);
  t.is(flagsOf(fd) & (CLOSE_ON_EXEC | NON_BLOCKING), CLOSE_ON_EXEC | NON_BLOCKING);
});

onLinux('a flag that is set already stays, and no other is lost', (t) => {
  const sockets = new Sockets(t);
  const { fd } = sockets.listener();
  const before = flagsOf(fd);
  t.is(setNonBlocking(fd), 0);
  t.is(setCloseOnExec(fd), 0);
  t.is(flagsOf(fd), before);
});

onLinux('a descriptor that is not open is an errno', (t) => {
  t.is(setNonBlocking(1_000_000), -errno.EBADF!);
  t.is(setCloseOnExec(1_000_000), -errno.EBADF!);
});

onLinux('no child process inherits a duplicate', (t) => {
  const sockets = new Sockets(t);
  const { fd } = sockets.listener();
  t.is(flagsOf(sockets.keep(duplicate(fd))) & CLOSE_ON_EXEC, CLOSE_ON_EXEC);
});
