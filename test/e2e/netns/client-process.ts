// Many clients in one process. Standard input: visits, as JSON. Standard output: what became of each, in the same
// order, as one line of JSON.
import { text } from 'node:stream/consumers';
import { pay, type Visit } from './visit.ts';

const visits: readonly Visit[] = JSON.parse(await text(process.stdin));
const outcomes = await Promise.all(visits.map(pay));
process.stdout.write(`${JSON.stringify(outcomes)}\n`);
