import { setTimeout as sleep } from 'node:timers/promises';
import { HOLD_MS, hold, release } from '../observe.ts';
import { planOf } from '../plans.ts';
import { descriptorLimit, openDescriptors, residentBytes } from '../process-facts.ts';
import { type Figure, ONE_STEP, type Scenario, type Subject } from '../scenario.ts';
import { WARM_CONNECTIONS, warmUp } from './short.ts';

/**
 * How many connections are held. Of a Node process the first thousands fit into heap that is resident already: with
 * few, a figure says more about the collector than about connections.
 */
export const HELD = 8000;
/** Descriptors of a process beside those of what it holds. */
const OTHER_DESCRIPTORS = 500;

/**
 * A Node process gives back what its warm-up took some seconds after it, all at once: what is read before that is too
 * much, and what connections add then too little. A quick run does without.
 */
const REST_MS = 8000;
const SAMPLE_MS = 250;
const SAMPLES = 12;
const STILL_BYTES = 32 * 1024;

/** A crowd that drips a byte of its header every 250 ms has then sent 27 of its 28 bytes, and waits. */
const DRIPPED_MS = 28 * 250 + 500;

/** Resident memory once it stands still, or after 3 s. */
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

/** Opens the connections and looks what they added. The process must hold so many descriptors for each. */
async function weigh(
  { running, quick }: Subject,
  open: () => Promise<() => Promise<void>>,
  descriptorsEach: number,
): Promise<Figure> {
  const pid = running.pids[0]!;
  const needed = HELD * descriptorsEach + OTHER_DESCRIPTORS;
  const most = descriptorLimit(pid);
  if (most < needed) throw new Error(`it may open ${most} descriptors and needs ${needed}: see ulimit -n`);
  if (!quick) await sleep(REST_MS);
  const before = { bytes: await settled(pid), descriptors: openDescriptors(pid) };
  const end = await open();
  const after = { bytes: await settled(pid), descriptors: openDescriptors(pid) };
  await end();
  const more = after.descriptors - before.descriptors;
  if (more < HELD * descriptorsEach) {
    throw new Error(`it holds ${more} descriptors more, not ${HELD * descriptorsEach}: not all are its own`);
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
    `Each round is a new process that has served ${WARM_CONNECTIONS} short connections; then ${HELD} are opened, each is ` +
    'greeted by the endpoint and stays: how much resident memory that added.',
  takes: 'none',
  presents: true,
  work: 'greet',
  // A greeting is as long as a ping: to whoever sends one it is the answer.
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
    `The same before an application, where a header is taken off: ${HELD} clients drip 27 of the 28 bytes of a v2 ` +
    'header and wait. Heap that its collector gives back meanwhile counts against it. HAProxy and nginx have no such figure: they reset a client whose header does not come in one piece.',
  takes: 'v2',
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
