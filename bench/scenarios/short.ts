import type { Scenario, Subject } from '../scenario.ts';
import { expectHeaders, observe } from './observe.ts';

const CONNECTIONS = 4000;
const CONCURRENT = 32;
/** Node compiles what is hot, and hot it is only after some thousands. */
export const WARM_CONNECTIONS = 8000;

/** So many short connections through the subject. */
export function visit({ load, running }: Subject, connections: number, prefix = ''): Promise<number> {
  return load.visit({ port: running.port, connections, concurrent: CONCURRENT, prefix });
}

export const short: Scenario = {
  id: 'short',
  title: 'Short connections with a header',
  text:
    `A round is ${CONNECTIONS} connections, ${CONCURRENT} at once: connect, 64 bytes, the same back, the ` +
    'endpoint ends, the client closes.',
  unit: 'µs a connection',
  rateUnit: 'connections/s',
  rounds: 15,
  quickRounds: 3,
  fresh: false,
  held: CONCURRENT,
  takesHeader: false,

  async warmUp(subject) {
    await visit(subject, WARM_CONNECTIONS);
  },

  async measure(subject) {
    const { ms, processorUs } = await expectHeaders(subject, CONNECTIONS, () =>
      observe(subject, () => visit(subject, CONNECTIONS)),
    );
    return {
      cost: processorUs === null ? null : processorUs / CONNECTIONS,
      rate: CONNECTIONS / (ms / 1000),
    };
  },
};
