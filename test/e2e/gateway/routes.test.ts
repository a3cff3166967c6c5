import { gatewayTest, play, scriptedTest } from './play.ts';

const SERVED = '10.1.0.1 saw 10.9.0.1';

gatewayTest(
  'a TCPRoute carries clients to its Service, and every object of it says so; HTTP is not served',
  async (t) => {
    const { answer, class: ofClass, gateway, route, http, after } = await play(t, 'route');
    t.deepEqual([answer, after], [SERVED, SERVED]);
    t.true((ofClass as string[]).includes('Accepted=True Accepted'));
    t.true((gateway as string[]).includes('db: 1 routes'), `${gateway}`);
    t.true((route as string[]).includes('ResolvedRefs=True ResolvedRefs'), `${route}`);
    t.true((http as string[]).includes('web: Accepted=False UnsupportedProtocol'), `${http}`);
  },
);

scriptedTest('routes and grants are served where only their older versions are', async (t) => {
  t.deepEqual(await play(t, 'oldVersions'), { answer: SERVED });
});

gatewayTest('weights are shares within 5 % over 500 connections, and 0 gets none', async (t) => {
  const { other, ...counts } = await play(t, 'weights');
  const [one, two, three] = Object.values(counts).map(Number) as [number, number, number];
  t.is(other, 0);
  t.is(three, 0);
  t.true(Math.abs(one / 500 - 0.7) <= 0.05 && Math.abs(two / 500 - 0.3) <= 0.05, `${one} ${two}`);
});

gatewayTest('a backend that is not there refuses its share, and no more', async (t) => {
  const { served, texts } = await play(t, 'missingBackend');
  t.true(Number(served) >= 45 && Number(served) <= 55, `${served} of 100`);
  t.true((texts as string[]).includes('ResolvedRefs=False BackendNotFound'), `${texts}`);
});

gatewayTest(
  'G8: the backend of a route is exchanged, and the Service that it had is removed, without a failure',
  async (t) => {
    const answers = [SERVED, '10.1.0.2 saw 10.9.0.1'];
    t.deepEqual(await play(t, 'exchangedBackend'), { answers, isAlive: true });
  },
);

gatewayTest(
  'a grant that is withdrawn refuses new connections, keeps open ones, and carries again when it is back',
  async (t) => {
    const { withdrawn, dialed, isAlive, again } = await play(t, 'grantWithdrawn');
    t.regex(String(withdrawn), /^(ECONNRESET|ended|ECONNREFUSED)$/);
    t.deepEqual([dialed, isAlive, again], [0, true, SERVED]);
  },
);

gatewayTest(
  'G8: a Gateway changes between classes of Herald without a failure; with a foreign class it closes',
  async (t) => {
    t.deepEqual(await play(t, 'classRenamed'), { answers: [SERVED], gone: 'ECONNREFUSED', isAlive: true });
  },
);
