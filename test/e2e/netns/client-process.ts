// Many clients in one process. Standard input: visits, as JSON. Standard output: what became of each, in the same
// order, as one line of JSON.
import { text } from 'node:stream/consumers';
import { pay, type Visit } from './visit.ts';

/**
 * What is dropped is never answered. A visit is given up when no other one has ended for so long: a busy machine slows
 * all of them down, and a packet that was lost is sent again after a second.
 */
const SILENCE_MS = 2000;

const visits: readonly Visit[] = JSON.parse(await text(process.stdin));
const silence = new AbortController();
const clock = setTimeout(() => silence.abort(), SILENCE_MS);
const outcomes = await Promise.all(
  visits.map(async (visit) => {
    const outcome = await pay(visit, silence.signal);
    clock.refresh();
    return outcome;
  }),
);
clearTimeout(clock);
process.stdout.write(`${JSON.stringify(outcomes)}\n`);
