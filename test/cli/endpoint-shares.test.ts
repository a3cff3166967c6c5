import test from 'ava';
import { fakeAdmin } from './fake-admin.ts';
import { herald } from './fake-host.ts';

const ENDPOINT = {
  node: null,
  zone: null,
  ready: true,
  terminating: false,
  usable: true,
  ejected: false,
  sessions: 0,
  fails: 0,
  lastFailure: null,
};

test('weights and backups have columns if an endpoint has any, and only then', async (t) => {
  const pools = (...shares: readonly object[]) => [
    {
      listener: 'web',
      source: 'static',
      policy: 'Cluster',
      synced: true,
      endpoints: shares.map((share, at) => ({ ...ENDPOINT, ...share, address: `10.0.0.${at}:80` })),
    },
  ];
  const show = async (...shares: readonly object[]) => {
    const admin = await fakeAdmin(t, (_, response) =>
      response.end(JSON.stringify({ pools: pools(...shares) })),
    );
    return (await herald(['endpoints', '--admin', admin])).out.split('\n').map((line) => line.split(/ {2,}/));
  };
  const [head, one, two] = await show({ weight: 3, backup: false }, { weight: 1, backup: true });
  t.deepEqual(head?.slice(3, 8), ['ENDPOINT', 'STATE', 'WEIGHT', 'BACKUP', 'SESSIONS']);
  t.deepEqual(one?.slice(3, 7), ['10.0.0.0:80', 'usable', '3', '-']);
  t.deepEqual(two?.slice(3, 7), ['10.0.0.1:80', 'usable', '1', 'yes']);
  const [plain] = await show({}, {});
  t.deepEqual(plain?.slice(3, 6), ['ENDPOINT', 'STATE', 'SESSIONS']);
});
