import type { Scenario } from '../scenario.ts';
import { CONCURRENT, measureShort, ROUND_MS, SHORT } from './short.ts';

const COUNTS = [10, 1000, 10_000] as const;
const STEPS = COUNTS.map((value) => ({ label: value.toLocaleString('en'), value }));

export const endpoints: Scenario = {
  ...SHORT,
  id: 'endpoints',
  title: 'Short connections, from 10 to 10,000 endpoints',
  text:
    `A round is ${ROUND_MS} ms of short connections, ${CONCURRENT} at once, to this number of endpoints in turn: ` +
    'addresses of 127.0.0.0/8 on which one process listens. The kernel too has more addresses to handle.',
  layout: 'steps',
  steps: STEPS,
  quickSteps: [STEPS[0]!, STEPS.at(-1)!],
  rounds: 7,
  quickRounds: 1,
  endpoints: ({ value }) => value,
  measure: (subject) => measureShort(subject),
};
