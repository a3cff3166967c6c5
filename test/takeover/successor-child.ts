import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { joinPredecessor, type Predecessor } from '../../src/takeover/join-predecessor.ts';

// A successor that does what its arguments say, one after the other. Without arguments it does all that it has to.

const path = process.env.HERALD_TAKE_OVER!;
const reportsPath = process.env.TEST_REPORTS;
const steps = process.argv.length > 2 ? process.argv.slice(2) : ['join', 'ready', 'report', 'stay'];

const reports = reportsPath === undefined ? null : connect(reportsPath);
if (reports !== null) await once(reports, 'connect');

let predecessor: Predecessor | null = null;
let raw: Socket | null = null;
let outcome: string | null = null;
let error: string | null = null;

/** Nothing happens any more, until whoever reads the reports ends the conversation. */
async function stay(): Promise<void> {
  const parent = process.ppid;
  // Not longer than the test, also if that was killed.
  if (reports === null)
    await new Promise(() => setInterval(() => parent === process.ppid || process.exit(9), 500));
  reports!.resume();
  await once(reports!, 'end');
}

for (const step of steps) {
  const [word, ...rest] = step.split(' ');
  const text = rest.join(' ');
  if (word === 'join') predecessor = joinPredecessor(path);
  else if (word === 'ready') {
    try {
      outcome = await predecessor!.ready();
    } catch (thrown) {
      error = (thrown as Error).message;
    }
  } else if (word === 'close') predecessor!.close();
  else if (word === 'connect') {
    raw = connect(path);
    await once(raw, 'connect');
  } else if (word === 'say') raw!.write(`${text}\n`);
  else if (word === 'read') await once(raw!, 'data');
  else if (word === 'die') process.kill(process.pid, (text || 'SIGKILL') as NodeJS.Signals);
  else if (word === 'exit') process.exit(Number(text));
  else if (word === 'spin') for (const end = Date.now() + 60_000; Date.now() < end; );
  else if (word === 'stay') await stay();
  else if (word === 'report') {
    const { pid, env } = process;
    const variables = Object.keys(env).filter((name) => /^(?:LISTEN_|WATCHDOG_)/.test(name));
    const sockets = predecessor?.sockets.map(({ name, address, worker }) => ({ name, address, worker }));
    const descriptors = readdirSync('/proc/self/fd').length;
    reports!.write(
      `${JSON.stringify({ pid, outcome, error, sockets, variables: variables.sort(), descriptors })}\n`,
    );
  }
}
process.exit(0);
