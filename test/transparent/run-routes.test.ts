import test from 'ava';
import { runNodeRoutes, runRoutes } from '../../src/transparent/run-routes.ts';
import { leavesNothingOpen, onLinux } from '../linux/on-linux.ts';

leavesNothingOpen();

for (const action of ['up', 'down', 'show'] as const) {
  test(`elsewhere than on Linux ${action} says that there is nothing to do`, async (t) => {
    const settings = { mark: 0x3048, table: 124, guardPort: null };
    for (const answer of [
      await runRoutes(action, 123, 'darwin'),
      await runNodeRoutes(action, settings, 'darwin'),
    ])
      t.deepEqual(answer, { failed: 'herald routes runs on Linux only' });
  });
}

// What changes something is played in namespaces: see test/e2e/routes.test.ts.
onLinux('show reads what is there, by the rights of everybody', async (t) => {
  const answer = await runRoutes('show', 54_321, 'linux');
  if ('failed' in answer) return t.fail(answer.failed);
  t.deepEqual(
    answer.parts.map(({ family, part, text }) => `IPv${family} ${part} ${text}`),
    [
      'IPv4 rule from 127.0.0.1/8 iif lo lookup 54321',
      'IPv4 route local 0.0.0.0/0 dev lo table 54321',
      'IPv6 rule from ::1/128 iif lo lookup 54321',
      'IPv6 route local ::/0 dev lo table 54321',
    ],
  );
  t.true(answer.parts.every(({ state }) => state === 'missing' || state === 'unavailable'));
});
