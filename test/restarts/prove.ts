import { parseArgs } from 'node:util';
import { type Holdings, TRIED, tryInARow, tryKilled, tryUnderLoad } from './trials.ts';

// The long proof of the take-over, by its own command:
//
//     npm run restarts -- [--engines 'epoll × 1,net'] [--rate 1000] [--take-overs 10] [--in-a-row 100] [--killed 40]
//
// 0 leaves a part out. Its exit status is 1 if a connection was lost, or if something was left behind.

const { values } = parseArgs({
  options: {
    engines: { type: 'string', default: 'epoll × 1,epoll × 4,net' },
    rate: { type: 'string', default: '1000' },
    'take-overs': { type: 'string', default: '10' },
    'in-a-row': { type: 'string', default: '100' },
    killed: { type: 'string', default: '40' },
  },
});

/** A second of clients between two take-overs, at the rate that is asked for. */
const BETWEEN_S = 1;
/** How much more memory the last of a row may have than the first: what a collection has not taken yet. */
const MORE_MEMORY = 16 * 2 ** 20;
/** Longer than a start takes: some are ready by then. */
const KILLED_WITHIN_MS = 500;

const ends: (() => unknown)[] = [];
const owner = { teardown: (end: () => unknown) => void ends.push(end) };
let failures = 0;

function check(isRight: boolean, what: string): void {
  if (isRight) return;
  failures++;
  console.log(`  FAILED: ${what}`);
}

async function underLoad(name: string, flags: string, takeOvers: number): Promise<void> {
  const rate = Number(values.rate);
  console.log(`${name}: ${takeOvers} take-overs at ${rate} connections/s`);
  const trial = await tryUnderLoad(owner, { flags, rate, takeOvers, between: rate * BETWEEN_S });
  for (const [who, result] of [
    ['clients', trial.clients],
    ['/metrics', trial.scrapes],
  ] as const) {
    const { connections, refused, reset, wrong, unanswered, firstByteMs, lateMs, errors } = result;
    console.log(
      `  ${who}: ${connections} connections, ${refused} refused, ${reset} reset, ${wrong} wrong, ${unanswered} unanswered;` +
        ` first byte after at most ${firstByteMs.toFixed(0)} ms (of which this process was late by up to ${lateMs.toFixed(0)} ms)`,
      Object.keys(errors).length > 0 ? errors : '',
    );
    check(refused + reset + wrong + unanswered === 0, `${who} lost connections`);
  }
  console.log(`  the longest take-over took ${trial.takeOverMs.toFixed(0)} ms`);
  check(trial.complaints.length === 0, trial.complaints.join('; '));
}

async function inARow(name: string, flags: string, takeOvers: number): Promise<void> {
  console.log(`${name}: ${takeOvers} take-overs in a row`);
  const { first, last, complaints } = await tryInARow(owner, flags, takeOvers);
  for (const key of Object.keys(first) as (keyof Holdings)[]) {
    console.log(`  ${key}: ${first[key]} after the first, ${last[key]} after the last`);
    const more = key === 'residentBytes' ? MORE_MEMORY : 0;
    check(last[key] <= first[key] + more, `${key} grew`);
  }
  check(complaints.length === 0, complaints.join('; '));
}

async function killed(name: string, flags: string, times: number): Promise<void> {
  console.log(`${name}: ${times} successors, killed within ${KILLED_WITHIN_MS} ms`);
  const trial = await tryKilled(owner, flags, { rate: 200, times, withinMs: KILLED_WITHIN_MS });
  const { connections, refused, reset, wrong, unanswered, errors } = trial.clients;
  console.log(
    `  ${connections} connections, ${refused} refused, ${reset} reset, ${wrong} wrong, ${unanswered} unanswered; ${trial.ready} were ready before`,
    Object.keys(errors).length > 0 ? errors : '',
  );
  check(refused + reset + wrong + unanswered === 0, 'clients lost connections');
}

try {
  for (const name of values.engines.split(',') as (keyof typeof TRIED)[]) {
    const flags = TRIED[name];
    if (flags === undefined)
      throw new Error(`there is no engine "${name}": ${Object.keys(TRIED).join(', ')}`);
    for (const [run, count] of [
      [underLoad, values['take-overs']],
      [inARow, values['in-a-row']],
      [killed, values.killed],
    ] as const) {
      if (Number(count) > 0) await run(name, flags, Number(count));
    }
  }
} finally {
  for (const end of ends.reverse()) await end();
}
console.log(failures === 0 ? 'nothing was lost, nothing is left' : `${failures} failures`);
process.exit(failures === 0 ? 0 : 1);
