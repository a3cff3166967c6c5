import { fromLinux, leavesNothingOpen, onLinux } from '../../linux/on-linux.ts';

const { selfTest } = await fromLinux(() => import('../../../src/engine/epoll/self-test.ts'));

leavesNothingOpen();

// What is forbidden is forbidden to a process: those tests are of the program (test/e2e/forbidden.test.ts).

onLinux('where nothing is forbidden the rehearsal says nothing, and leaves nothing open', (t) => {
  for (const threads of [1, 2, 64]) t.notThrows(() => selfTest(threads));
});
