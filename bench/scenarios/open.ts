import { hold } from '../observe.ts';
import type { Scenario } from '../scenario.ts';
import { CONCURRENT, measureShort, ROUND_MS, SHORT } from './short.ts';

const COUNTS = [1, 1000, 8000] as const;
const STEPS = COUNTS.map((value) => ({ label: value.toLocaleString('en'), value }));

export const open: Scenario = {
  ...SHORT,
  id: 'open',
  title: 'Short connections, while 1 to 8,000 others are open',
  text:
    `A round is ${ROUND_MS} ms of short connections, ${CONCURRENT} at once, while this number of idle connections ` +
    'is held open.',
  layout: 'steps',
  steps: STEPS,
  quickSteps: [STEPS[0]!, STEPS.at(-1)!],
  rounds: 6,
  quickRounds: 1,
  held: Math.max(...COUNTS),

  async measure(subject) {
    const held = await hold(subject, subject.step.value);
    const figure = await measureShort(subject);
    await held.release();
    return figure;
  },
};
