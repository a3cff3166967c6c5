import type { Scenario, Subject } from '../scenario.ts';
import { expectHeaders, observe } from './observe.ts';

const GIGABYTE = 1e9;
const CONNECTIONS = 4;
const WARM_BYTES = GIGABYTE / 4;

function drink({ load, running }: Subject, bytes: number): Promise<number> {
  return load.drink({ port: running.port, connections: CONNECTIONS, bytes: bytes / CONNECTIONS });
}

export const bulk: Scenario = {
  id: 'bulk',
  title: 'Bulk, from the endpoint to the client',
  text: `A round is 1 GB (10⁹ bytes) over ${CONNECTIONS} connections at once, from the endpoint to the client.`,
  unit: 'ms a GB',
  rateUnit: 'GB/s',
  rounds: 15,
  quickRounds: 2,
  fresh: false,
  held: CONNECTIONS,
  takesHeader: false,

  async warmUp(subject) {
    await drink(subject, WARM_BYTES);
  },

  async measure(subject) {
    const { ms, processorUs } = await expectHeaders(subject, CONNECTIONS, () =>
      observe(subject, () => drink(subject, GIGABYTE)),
    );
    return { cost: processorUs === null ? null : processorUs / 1000, rate: 1000 / ms };
  },
};
