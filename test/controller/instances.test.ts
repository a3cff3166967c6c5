import test from 'ava';
import { type InstanceReport, readInstanceLease } from '../../src/controller/instance-report.ts';
import { createInstances } from '../../src/controller/instances.ts';
import { turnedClock } from '../helpers/turned-clock.ts';

const REPORT: InstanceReport = {
  node: 'node-a',
  addresses: ['10.0.0.1', 'fd00::1'],
  failedPorts: [443],
  bypassed: ['10.0.0.2:80'],
  isDraining: false,
  askAt: '10.0.0.1:9090',
};

const LEASE = (renewTime: string, report: object = REPORT, spec: object = {}) => ({
  metadata: { name: 'x', annotations: { 'herald/instance': JSON.stringify(report) } },
  spec: { holderIdentity: 'x', leaseDurationSeconds: 15, renewTime, ...spec },
});

test('G5b: an instance is fresh for 15 s of our clock after its last change, whatever its own clock says', (t) => {
  const clock = turnedClock();
  let changes = 0;
  const instances = createInstances(clock, () => changes++);
  instances.put(readInstanceLease(LEASE('1999-01-01T00:00:00.000000Z'), clock.now())!);
  t.true(instances.all.get('x')?.isFresh);
  clock.advance(10_000);
  const before = instances.all;
  instances.put(readInstanceLease(LEASE('1999-01-01T00:00:10.000000Z'), clock.now())!);
  // A renewal alone is no change.
  t.is(instances.all, before);
  clock.advance(14_999);
  t.true(instances.all.get('x')?.isFresh);
  clock.advance(1);
  t.false(instances.all.get('x')?.isFresh);
  t.is(changes, 2);
  instances.put(readInstanceLease(LEASE('1999-01-01T00:00:30.000000Z'), clock.now())!);
  t.true(instances.all.get('x')?.isFresh);
  instances.remove('x');
  t.is(instances.all.size, 0);
  t.deepEqual(clock.waiting, []);
});

test('each instance expires at its own time', (t) => {
  const clock = turnedClock();
  const instances = createInstances(clock, () => {});
  for (const name of ['x', 'y']) {
    const lease = LEASE('now');
    instances.put(readInstanceLease({ ...lease, metadata: { ...lease.metadata, name } }, clock.now())!);
    clock.advance(5000);
  }
  const fresh = () => [...instances.all.values()].filter(({ isFresh }) => isFresh).map(({ name }) => name);
  t.deepEqual(fresh(), ['x', 'y']);
  clock.advance(5000);
  t.deepEqual(fresh(), ['y']);
  clock.advance(5000);
  t.deepEqual(fresh(), []);
  instances.stop();
});

test('if all have expired, the API was away: the first one that is seen again is not taken for the only one', (t) => {
  const clock = turnedClock();
  const instances = createInstances(clock, () => {});
  const put = (name: string, renewTime: string) => {
    const lease = LEASE(renewTime);
    instances.put(readInstanceLease({ ...lease, metadata: { ...lease.metadata, name } }, clock.now())!);
  };
  const fresh = () => [...instances.all.values()].filter(({ isFresh }) => isFresh).map(({ name }) => name);
  for (const name of ['x', 'y', 'z']) put(name, 'before');
  clock.advance(60_000);
  t.deepEqual(fresh(), []);
  put('y', 'after');
  t.deepEqual(fresh().sort(), ['x', 'y', 'z']);
  clock.advance(10_000);
  put('y', 'later');
  put('z', 'later');
  clock.advance(5000);
  t.deepEqual(fresh().sort(), ['y', 'z']);
  // One that is gone while others are seen stays out.
  put('y', 'still');
  t.deepEqual(fresh().sort(), ['y', 'z']);
  instances.stop();
});

for (const [title, value] of [
  ['nothing', undefined],
  ['a Lease without an annotation', { metadata: { name: 'x' }, spec: {} }],
  ['a Lease without a name', { metadata: { annotations: { 'herald/instance': '{}' } } }],
  ['an annotation that is no text', { metadata: { name: 'x', annotations: { 'herald/instance': 5 } } }],
] as const) {
  test(`${title} is no instance`, (t) => t.is(readInstanceLease(value, 0), null));
}

test('a Lease that anybody has written is read field by field', (t) => {
  const odd = {
    ...{ node: 5, addresses: ['10.0.0.1', 'nowhere', 7], failedPorts: ['x', 80, 1.5] },
    ...{ bypassed: 'all', isDraining: 'yes', askAt: {} },
  };
  t.deepEqual(readInstanceLease(LEASE('x', odd), 0)?.state, {
    ...{ name: 'x', node: null, addresses: ['10.0.0.1'], failedPorts: [80], bypassed: [] },
    ...{ isDraining: false, isFresh: true, askAt: null },
  });
  for (const text of ['{', 'null', '[]'])
    t.truthy(
      readInstanceLease({ metadata: { name: 'x', annotations: { 'herald/instance': text } }, spec: null }, 0),
    );
  t.false(readInstanceLease(LEASE('x', REPORT, { holderIdentity: '' }), 0)?.state.isFresh);
  // A thousand years are no duration.
  t.is(readInstanceLease(LEASE('x', REPORT, { leaseDurationSeconds: 3e10 }), 0)?.expiresAtMs, 15_000);
});
