import { parseArgs } from 'node:util';
import { playSeed, report } from './run.ts';

// Plays many seeds: `npm run simulate -- --seeds 100000 --from 1000`. Ends at the first that breaks a rule.

const { values } = parseArgs({ options: { seeds: { type: 'string' }, from: { type: 'string' } } });
const seeds = Number(values.seeds ?? 10_000);
const from = Number(values.from ?? 0);
const counts = new Map<string, number>();

for (let seed = from; seed < from + seeds; seed++) {
  const finding = playSeed(seed, counts);
  if (finding !== null) {
    console.log(report(finding));
    process.exit(1);
  }
  if ((seed - from + 1) % 1000 === 0) console.log(`${seed - from + 1} of ${seeds} seeds`);
}
for (const [what, count] of [...counts].sort(([one], [other]) => (one < other ? -1 : 1)))
  console.log(`${count}\t${what}`);
