import type { Scenario, Subject } from '../scenario.ts';
import { expectHeaders, observe } from './observe.ts';

const CONNECTIONS = 32;
const REQUESTS = 40_000;
const WARM_REQUESTS = 20_000;
/** On the connections of a round, before it counts. */
const FIRST_REQUESTS = 2000;

function open({ load, running }: Subject): Promise<number> {
  return load.open({ port: running.port, connections: CONNECTIONS, prefix: '', ask: true });
}

export const kept: Scenario = {
  id: 'kept',
  title: 'Requests on kept connections',
  text: `A round is ${REQUESTS} requests of 64 bytes and their answers over ${CONNECTIONS} connections that are open already.`,
  unit: 'µs a request',
  rateUnit: 'requests/s',
  rounds: 15,
  quickRounds: 2,
  fresh: false,
  held: CONNECTIONS,
  takesHeader: false,

  async warmUp(subject) {
    await open(subject);
    await subject.load.ask({ requests: WARM_REQUESTS });
    await subject.load.release({ check: true });
  },

  async measure(subject) {
    const { load } = subject;
    await expectHeaders(subject, CONNECTIONS, () => open(subject));
    await load.ask({ requests: FIRST_REQUESTS });
    const { ms, processorUs } = await observe(subject, () => load.ask({ requests: REQUESTS }));
    await load.release({ check: true });
    return {
      cost: processorUs === null ? null : processorUs / REQUESTS,
      rate: REQUESTS / (ms / 1000),
    };
  },
};
