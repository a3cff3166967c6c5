import { setTimeout as sleep } from 'node:timers/promises';
import { HOLD_MS, hold, release } from '../observe.ts';
import { planOf } from '../plans.ts';
import { descriptorLimit, openDescriptors, residentBytes } from '../process-facts.ts';
import { type Figure, ONE_STEP, type Scenario, type Subject } from '../scenario.ts';
import { WARM_CONNECTIONS, warmUp } from './short.ts';

/**
 * The number of held connections. In a Node process the first thousands fit into heap that is already resident: with
 * fewer, the figure would depend on the garbage collector more than on connections.
 */
export const HELD = 8000;
/** Descriptors of a process besides those of held connections. */
const OTHER_DESCRIPTORS = 500;

/**
 * A Node process returns the memory of its warm-up several seconds later. A baseline read before that is too high, and
 * the memory of connections then too low. A quick run does not wait.
 */
const REST_MS = 8000;
const SAMPLE_MS = 250;
const SAMPLES = 12;
const STILL_BYTES = 32 * 1024;

/** With a byte every 250 ms, `slow` connections have then sent 27 of the 28 bytes of their headers. */
const DRIPPED_MS = 28 * 250 + 500;

/** Resident memory once it is stable, or after 3 s. */
async function settled(pid: number): Promise<number> {
  let last = residentBytes(pid);
  for (let sample = 0; sample < SAMPLES; sample++) {
    await sleep(SAMPLE_MS);
    const now = residentBytes(pid);
    if (Math.abs(now - last) <= STILL_BYTES) return now;
    last = now;
  }
  return last;
}

/** Opens the connections and measures what they add. The process must hold `descriptorsEach` descriptors for each. */
async function weigh(
  { running, quick }: Subject,
  open: () => Promise<() => Promise<void>>,
  descriptorsEach: number,
): Promise<Figure> {
  const pid = running.pids[0]!;
  const needed = HELD * descriptorsEach + OTHER_DESCRIPTORS;
  const most = descriptorLimit(pid);
  if (most < needed)
    throw new Error(`the process may open ${most} descriptors and needs ${needed}; raise ulimit -n`);
  if (!quick) await sleep(REST_MS);
  const before = { bytes: await settled(pid), descriptors: openDescriptors(pid) };
  const end = await open();
  const after = { bytes: await settled(pid), descriptors: openDescriptors(pid) };
  await end();
  const more = after.descriptors - before.descriptors;
  if (more < HELD * descriptorsEach) {
    throw new Error(`the process holds ${more} more descriptors, not ${HELD * descriptorsEach}`);
  }
  return { cost: (after.bytes - before.bytes) / HELD };
}

const COMMON = {
  layout: 'contenders',
  cost: { id: 'cost', unit: 'bytes a connection' },
  rate: null,
  steps: ONE_STEP,
  rounds: 5,
  quickRounds: 1,
  fresh: true,
  held: HELD,
} as const satisfies Partial<Scenario>;

export const idle: Scenario = {
  ...COMMON,
  id: 'idle',
  title: 'Idle connections',
  text:
    `Each round is a new process that has served ${WARM_CONNECTIONS} short connections. Then ${HELD} are opened, each gets a ` +
    'greeting from the endpoint and stays; the figure is the resident memory that these add.',
  accepts: 'none',
  presents: true,
  work: 'greet',
  // A greeting is as long as a ping, so that it is a valid answer to one.
  warmUp: (subject) => warmUp(subject, { work: 'ping' }),

  measure: (subject) =>
    weigh(
      subject,
      async () => {
        const held = await hold(subject, HELD);
        return () => held.release();
      },
      2,
    ),
};

export const unfinished: Scenario = {
  ...COMMON,
  id: 'unfinished',
  title: 'Unfinished headers',
  text:
    `The same in front of an application, where a header is taken off: ${HELD} clients send 27 of the 28 bytes of a v2 ` +
    'header one by one, and wait. Memory that the garbage collector returns meanwhile lowers the figure. HAProxy and ' +
    'nginx have none: they reset a client whose header does not come in one piece.',
  accepts: 'v2',
  presents: true,
  work: 'answer',
  warmUp: (subject) => warmUp(subject, { send: 'v2' }),

  measure: (subject) =>
    weigh(
      subject,
      async () => {
        const asked = { work: 'slow', send: 'v2', connections: HELD, durationMs: HOLD_MS } as const;
        const run = subject.load.hold(planOf(subject, asked));
        await sleep(DRIPPED_MS);
        return () => release([run], HELD);
      },
      1,
    ),
};
