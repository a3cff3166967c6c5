import { gatewayTest, play, scriptedTest } from './play.ts';

const SERVED = '10.1.0.1 saw 10.9.0.1';

scriptedTest('G6: writes that are answered with 409 and 429 are made again', async (t) => {
  const { ingress, gateway } = await play(t, 'refusedWrites');
  t.is((ingress as unknown[]).length, 1);
  t.true((gateway as string[]).includes('db: 0 routes'), `${gateway}`);
});

scriptedTest('a status that another controller keeps rewriting is an Event, and no war', async (t) => {
  const { answer, said, isCalm } = await play(t, 'statusWar');
  t.deepEqual([answer, isCalm], [SERVED, true]);
  t.truthy(said);
});

scriptedTest(
  'G5: where the API drops ipMode no address is published, the Service is told why, and is served',
  async (t) => {
    const { answer, said, later } = await play(t, 'noIpMode');
    t.deepEqual([answer, later], [SERVED, []]);
    t.regex(String(said), /ipMode/);
  },
);

gatewayTest('G6: whoever has lost the Lease writes no status, and serves', async (t) => {
  t.deepEqual(await play(t, 'leaseStolen'), { before: 1, answer: SERVED, status: null });
});

gatewayTest('G6: a regular end gives the Lease up', async (t) => {
  const { before, code, after } = await play(t, 'leaseReleased');
  t.not(before, '');
  t.deepEqual([code, after], [0, '']);
});

gatewayTest('G5b: a node that asks to be left out stays published if no other one is there', async (t) => {
  t.deepEqual(await play(t, 'excludedNode'), { first: 1, kept: 1 });
});
