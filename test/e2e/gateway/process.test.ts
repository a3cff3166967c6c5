import { play, scriptedTest } from './play.ts';

const SERVED = '10.1.0.1 saw 10.9.0.1';
const EXIT = { code: 0, signal: null };

for (const signals of [['SIGTERM'], ['SIGTERM', 'SIGTERM'], ['SIGUSR2', 'SIGHUP', 'SIGTERM']]) {
  scriptedTest(
    `G3: without the API the probes say that it is not ready, metrics and admin answer, and ${signals.join(', ')} ends it regularly`,
    async (t) => {
      t.deepEqual(await play(t, 'endedWithoutApi', ...signals), {
        probes: [503, 503, 200, 200],
        admin: 200,
        exit: EXIT,
      });
    },
  );
}

scriptedTest('G3: a gateway that has lost the API drains and ends regularly', async (t) => {
  t.deepEqual(await play(t, 'endedAfterApi'), { isAlive: true, exit: EXIT });
});

scriptedTest(
  'a drain serves until its delay is over, and what objects ask for after that is not opened',
  async (t) => {
    t.deepEqual(await play(t, 'changedInDrain'), {
      ...{ before: SERVED, after: ['ECONNREFUSED', 'ECONNREFUSED'] },
      ...{ isAlive: true, exit: EXIT },
    });
  },
);

scriptedTest(
  'G8: SIGUSR2: a successor takes over without a failure or an error, and follows the cluster; SIGHUP is ignored',
  async (t) => {
    t.deepEqual(await play(t, 'handedOver'), {
      ...{ answers: [SERVED], isAlive: true, code: 0, next: SERVED, errors: [] },
    });
  },
);
