import test from 'ava';
import { createLeaderLease } from '../../../src/controller/lease/leader-lease.ts';
import { turnedClock } from '../../helpers/turned-clock.ts';
import { FakeApi, settled } from '../fake-api.ts';

test('G6: the deadline of a renewal counts from the moment at which it was asked for', async (t) => {
  const [api, clock] = [new FakeApi(), turnedClock()];
  const lease = createLeaderLease({
    ...{ client: api.client, namespace: 'herald', name: 'herald-gateway', identity: 'one', clock },
    ...{ random: () => 0, changed() {}, remark() {} },
  });
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) {
      clock.advance(500);
      await settled();
    }
  };
  lease.start();
  await settled();
  t.true(lease.isLeader);
  // A renewal, asked for after 2 s, has its answer after 6 s; later ones have none.
  api.delay = () => new Promise((resolve) => clock.after(2000, resolve));
  await pass(6000);
  api.delay = () => new Promise(() => {});
  await pass(5500);
  t.true(lease.isLeader);
  await pass(500);
  t.false(lease.isLeader, '12 s after the beginning');
  await lease.stop();
});
