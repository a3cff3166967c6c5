import { leavesNothingOpen, onLinux } from '../linux/on-linux.ts';
import { createOldProcess } from './old-process.ts';
import { RawSuccessor } from './raw-successor.ts';

// A take-over that another process begins, and whatever else changes the sockets.

leavesNothingOpen();

onLinux('a successor that comes while the sockets change gets them as they are then', async (t) => {
  const turns: (() => Promise<void>)[] = [];
  const old = createOldProcess(t, { turn: async (run) => void turns.push(run) });
  await old.takeOver.open();
  const early = await RawSuccessor.dial(old.path);
  early.say('herald-take-over 1');
  const refused = await RawSuccessor.dial(old.path);
  refused.say('herald-take-over 1');
  t.is(await refused.line(), 'refused a take-over is under way');
  // One that does not wait for its turn is gone, and the next one is welcome.
  early.socket.destroy();
  await old.takeOver.settled();
  await turns[0]!();
  t.is(old.failures.length, 1);
  const successor = await RawSuccessor.dial(old.path);
  const taken = successor.takeAll();
  while (turns.length < 2) await new Promise(setImmediate);
  void turns[1]!();
  t.is(await taken, old.held.length + 1);
  successor.say('ready');
  t.is(await successor.line(), 'yours');
  await successor.closed();
});
