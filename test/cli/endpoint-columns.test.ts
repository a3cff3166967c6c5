import test, { type ExecutionContext } from 'ava';
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

/** The words of each line, for a pool of these endpoints. */
async function show(t: ExecutionContext, ...shares: readonly object[]) {
  const endpoints = shares.map((share, at) => ({ ...ENDPOINT, ...share, address: `10.0.0.${at}:80` }));
  const pools = [{ listener: 'web', source: 'static', policy: 'Cluster', synced: true, endpoints }];
  const admin = await fakeAdmin(t, (_, response) => response.end(JSON.stringify({ pools })));
  return (await herald(['endpoints', '--admin', admin])).out.split('\n').map((line) => line.split(/ {2,}/));
}

test('weights and backups have columns if an endpoint has any, and only then', async (t) => {
  const [head, one, two] = await show(t, { weight: 3, backup: false }, { weight: 1, backup: true });
  t.deepEqual(head?.slice(3, 8), ['ENDPOINT', 'STATE', 'WEIGHT', 'BACKUP', 'SESSIONS']);
  t.deepEqual(one?.slice(3, 7), ['10.0.0.0:80', 'usable', '3', '-']);
  t.deepEqual(two?.slice(3, 7), ['10.0.0.1:80', 'usable', '1', 'yes']);
  const [plain] = await show(t, {}, {});
  t.deepEqual(plain?.slice(3, 6), ['ENDPOINT', 'STATE', 'SESSIONS']);
});

test('hops have a column if an endpoint has one, and the state says why clients cannot be presented to another', async (t) => {
  const out = { usable: false, reach: 'elsewhere' };
  const [head, one, two, three, four] = await show(
    t,
    { hop: '192.0.2.2:9466' },
    out,
    { ...out, reach: 'incapable' },
    { ...out, ready: false },
  );
  t.deepEqual(head?.slice(3, 7), ['ENDPOINT', 'STATE', 'HOP', 'SESSIONS']);
  t.deepEqual(one?.slice(4, 6), ['usable', '192.0.2.2:9466']);
  t.deepEqual(two?.slice(4, 6), ['elsewhere', '-']);
  t.is(three?.[4], 'incapable');
  t.is(four?.[4], 'not ready');
});
