import type { Owner } from '../../helpers/peer-owner.ts';
import type { Told } from '../kubernetes/world.ts';

export type Scenario = (owner: Owner, ...words: readonly string[]) => Promise<Told>;

/** Plays one scenario in the network namespace that this process was started in, and prints what it found as one line of JSON. */
export async function runScenario(scenarios: { readonly [name: string]: Scenario }): Promise<void> {
  const [name = '', ...words] = process.argv.slice(2);
  const scenario = scenarios[name];
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  const ends: (() => unknown)[] = [];
  const told = await scenario({ teardown: (end) => ends.push(end) }, ...words);
  for (const end of ends.reverse()) await end();
  // By force: Node 20 may never come to the end of its own cleanup once sockets were reset.
  process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit(0));
}
