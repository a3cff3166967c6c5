import { SCENARIOS } from './scenarios.ts';

// Plays one scenario in the network namespace that it was started in, and prints what it found as one line of JSON.

const [name = '', ...words] = process.argv.slice(2);
const ends: (() => unknown)[] = [];
const scenario = SCENARIOS[name];
if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
const told = await scenario({ teardown: (end) => ends.push(end) }, ...words);
for (const end of ends.reverse()) await end();
// By force: Node 20 may never come to the end of its own cleanup once sockets were reset.
process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit(0));
