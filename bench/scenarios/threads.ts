import { hold } from '../observe.ts';
import type { Figure, Scenario, Subject } from '../scenario.ts';
import { measureShort, ROUND_MS, SHORT, warmUp } from './short.ts';

const COUNTS = [1, 2, 4] as const;
const STEPS = COUNTS.map((value) => ({ label: `${value}`, value }));
const CONCURRENT = 64;
const SPREAD = 1000;

/** Held sessions of the busiest worker, as a multiple of its fair share. */
async function spreadOf(subject: Subject): Promise<number | null> {
  const { workerSessions } = subject.running;
  if (workerSessions === undefined) return null;
  const held = await hold(subject, SPREAD);
  const sessions = await workerSessions();
  await held.release();
  return (Math.max(...sessions) / SPREAD) * sessions.length;
}

export const threads: Scenario = {
  ...SHORT,
  id: 'threads',
  title: 'Short connections, by 1, 2 and 4 threads',
  text:
    `A round is ${ROUND_MS} ms of short connections, ${CONCURRENT} at once; the processor time of all threads counts. ` +
    `Then ${SPREAD.toLocaleString('en')} sessions are held; the spread is the busiest worker’s sessions as a multiple of ` +
    'its fair share.',
  layout: 'steps',
  steps: STEPS,
  quickSteps: [STEPS[0]!, STEPS.at(-1)!],
  rounds: 7,
  quickRounds: 1,
  held: SPREAD,
  threads: ({ value }) => value,
  warmUp: (subject) => warmUp(subject, { connections: CONCURRENT }),

  async measure(subject): Promise<Figure> {
    const figure = await measureShort(subject, { connections: CONCURRENT });
    return { ...figure, spread: await spreadOf(subject) };
  },
};
