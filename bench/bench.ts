import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './child.ts';
import { measureCodec } from './codec.ts';
import { CONTENDERS } from './contenders/contenders.ts';
import { EndpointProcess } from './endpoint-process.ts';
import { scenariosOf } from './groups.ts';
import { LoadProcess } from './load-process.ts';
import { machineFacts } from './machine.ts';
import { GROUPS, type Options, parseOptions, USAGE } from './options.ts';
import { report } from './report.ts';
import { nameOf, type Result, runScenario } from './run-scenario.ts';
import { writeResults } from './write-results.ts';

/**
 * The benchmark: what a connection, a request, a GB and an idle connection cost Herald and its peers.
 *
 *     npm run bench -- --help
 */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const QUICK =
  'Quick: rounds took half of the time that the tables state, with less warm-up. The figures show that the benchmark ' +
  'works; they cannot be compared';

const options = readOptions();
if (options.help) process.stdout.write(USAGE);
else if (process.platform !== 'linux') {
  console.error('bench: needs Linux, because the figures come from /proc');
  process.exitCode = 1;
} else {
  try {
    await main();
  } catch (error) {
    console.error(`bench: ${(error as Error).message}`);
    process.exit(1);
  }
}

function readOptions(): Options {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`bench: ${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

/** The command that repeats the run. */
function commandOf({ rounds, quick, only, contenders }: Options): string {
  const flags = [
    ...(quick ? ['--quick'] : []),
    ...(rounds === null ? [] : ['--rounds', rounds]),
    ...(only.length === GROUPS.length ? [] : ['--only', only.join(',')]),
    ...(contenders.length === CONTENDERS.length ? [] : ['--contenders', contenders.join(',')]),
  ];
  return ['npm run bench', ...(flags.length > 0 ? ['--', ...flags] : [])].join(' ');
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'herald-bench-'));
  process.once('exit', () => {
    Child.killAll();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const [signal, status] of Object.entries(SIGNALS)) process.once(signal, () => process.exit(status));

  const contenders = CONTENDERS.filter(({ id }) => options.contenders.includes(id));
  const about = {
    facts: [...machineFacts(contenders), ...(options.quick ? [QUICK] : [])],
    command: commandOf(options),
    leftOut: [
      ...GROUPS.filter((group) => !options.only.includes(group)),
      ...CONTENDERS.filter((each) => !contenders.includes(each)).map(({ title }) => title),
    ],
  };
  const say = (line: string): void => console.error(line);
  const load = new LoadProcess();
  const endpoint = await EndpointProcess.start();
  const { quick } = options;
  const around = { load, endpoint, folder, quick, say };
  const results: Result[] = [];
  for (const group of options.only) {
    for (const scenario of await scenariosOf(group, results, around)) {
      const { quickSteps, steps, quickRounds } = scenario;
      const played = quick ? { ...scenario, steps: quickSteps ?? steps, rounds: quickRounds } : scenario;
      results.push(await runScenario(played, contenders, options.rounds ?? played.rounds, around));
    }
  }
  const codec = options.only.includes('codec') ? await measureCodec(quick) : [];
  await load.stop();
  await endpoint.stop();

  console.log(report({ results, codec }, about, { markdown: false, pictureOf: () => null }));
  if (options.markdown !== null) writeResults(options.markdown, { results, codec }, about);
  const lacking = results.flatMap(({ scenario, outcomes }) =>
    outcomes.filter(({ failed }) => failed !== null).map((outcome) => `${nameOf(outcome)} (${scenario.id})`),
  );
  if (lacking.length > 0) {
    console.error(`\nbench: could not be measured: ${lacking.join(', ')}`);
    process.exitCode = 1;
  }
}
