import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';

// Loaded before a program (`--import`): makes a successor odd, and leaves the process that it takes over from alone. What it
// does is the word in the file ODD_SUCCESSOR: the environment of a successor is that of the process before it.
//
//     exit, hang, wait     before its first line: ends with 3; never goes on; goes on once the word is another one
//     kill, throw, pause   at its first line `listening`: is killed; fails; goes on once the word is another one

const LOOK_MS = 5;
const nothing = new Int32Array(new SharedArrayBuffer(4));

function word(): string {
  return readFileSync(process.env.ODD_SUCCESSOR!, 'utf8');
}

function atListening(act: () => void): void {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = ((...args: Parameters<typeof write>) => {
    if (String(args[0]).includes('"listening"')) act();
    return write(...args);
  }) as typeof process.stdout.write;
}

if (isMainThread && process.env.HERALD_TAKE_OVER !== undefined) {
  const what = word();
  if (what === 'exit') process.exit(3);
  if (what === 'hang') await new Promise(() => setInterval(() => {}, 1e6));
  while (word() === 'wait') await pause(LOOK_MS);
  if (what === 'kill') atListening(() => process.kill(process.pid, 'SIGKILL'));
  if (what === 'throw')
    atListening(() => {
      throw new Error('an odd successor');
    });
  if (what === 'pause')
    atListening(() => {
      while (word() === 'pause') Atomics.wait(nothing, 0, 0, LOOK_MS);
    });
}
