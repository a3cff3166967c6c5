// Clients that come back: each makes its visit again a moment after the last one ended, until standard input ends.
// Argument: the visits, as JSON. Standard output: a line of JSON for each that ended.
import { setTimeout as pause } from 'node:timers/promises';
import { pay, type Visit } from './visit.ts';

/** Some hundred visits a second in all: enough to meet every moment of a change, and no test of the machine. */
const PAUSE_MS = 5;

/** A network of one machine answers long before. */
const PATIENCE_MS = 4000;

const visits: readonly Visit[] = JSON.parse(process.argv[2]!);
let isOver = false;
process.stdin.on('end', () => {
  isOver = true;
});
process.stdin.resume();

async function comeBack(visit: Visit, client: number): Promise<void> {
  while (!isOver) {
    const outcome = await pay(visit, AbortSignal.timeout(PATIENCE_MS));
    process.stdout.write(`${JSON.stringify({ client, outcome })}\n`);
    await pause(PAUSE_MS);
  }
}

await Promise.all(visits.map(comeBack));
