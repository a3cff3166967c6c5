import { gatewayTest, play, scriptedTest } from './play.ts';

for (const by of ['nodes', 'balancer']) {
  scriptedTest(`G5: a restart leaves the addresses in statuses as they are, those of ${by}`, async (t) => {
    t.deepEqual(await play(t, 'restarted', by), { seen: [1] });
  });
}

gatewayTest(
  'G2: a port that another namespace claims while no instance runs stays with the one that had it',
  async (t) => {
    t.deepEqual(await play(t, 'portClaimedMeanwhile'), { answer: '10.1.0.1 saw 10.9.0.1' });
  },
);
