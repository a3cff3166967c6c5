import { parseArgs } from 'node:util';
import { EVENTS, playSeed } from './run.ts';

// Plays one seed again, event by event: `node dist/test/simulation/replay.js --seed 12 --events 340`.

const { values } = parseArgs({ options: { seed: { type: 'string' }, events: { type: 'string' } } });
const lines: string[] = [];
const finding = playSeed(Number(values.seed ?? 0), new Map(), Number(values.events ?? EVENTS), (event) =>
  lines.push(event),
);
console.log(lines.slice(-40).join('\n'));
console.log(finding === null ? 'no rule is broken' : `broken at event ${finding.events}: ${finding.message}`);
process.exitCode = finding === null ? 0 : 1;
