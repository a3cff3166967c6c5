import { play, scriptedTest } from './play.ts';

for (const by of ['nodes', 'balancer']) {
  scriptedTest(`G5: a restart leaves the addresses in statuses as they are, those of ${by}`, async (t) => {
    t.deepEqual(await play(t, 'restarted', by), { seen: [1] });
  });
}
