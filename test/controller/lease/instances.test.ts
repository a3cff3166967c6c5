import test from 'ava';
import {
  formatInstanceReport,
  type InstanceReport,
  readInstanceLease,
} from '../../../src/controller/lease/instance-report.ts';
import { createInstances } from '../../../src/controller/lease/instances.ts';
import { turnedClock } from '../../helpers/turned-clock.ts';

const REPORT: InstanceReport = {
  node: 'node-a',
  addresses: ['10.0.0.1', 'fd00::1'],
  failedPorts: [443],
  bypassed: ['10.0.0.2:80'],
  isDraining: false,
  askAt: '10.0.0.1:9090',
  hop: { at: '10.0.0.1:9466', families: [4] },
  hopFault: null,
};

const LEASE = (renewTime: string, report: object = REPORT, spec: object = {}) => ({
  metadata: { name: 'x', annotations: { 'herald/instance': JSON.stringify(report) } },
  spec: { holderIdentity: 'x', leaseDurationSeconds: 15, renewTime, ...spec },
});

function start() {
  const clock = turnedClock();
  let changes = 0;
  const instances = createInstances(clock, () => changes++);
  return {
    ...{ clock, instances },
    changes: () => changes,
    put(name: string, renewTime = `${clock.now()}`) {
      const lease = {
        metadata: { name, annotations: { 'herald/instance': '{}' } },
        spec: { holderIdentity: 'x', leaseDurationSeconds: 15, renewTime },
      };
      instances.put(readInstanceLease(lease, clock.now())!);
    },
    /** So many seconds, in which Leases of others are seen. */
    pass(seconds: number) {
      for (let passed = 0; passed < seconds; passed++) {
        clock.advance(1000);
        instances.seen();
      }
    },
    fresh: () =>
      [...instances.all.values()]
        .filter(({ isFresh }) => isFresh)
        .map(({ name }) => name)
        .sort(),
  };
}

test('G5b: an instance is fresh for 15 s of our clock after its last change, whatever its own clock says', (t) => {
  const { clock, instances, changes, put, pass, fresh } = start();
  put('x', '1999-01-01T00:00:00.000000Z');
  pass(10);
  const before = instances.all;
  put('x', '1999-01-01T00:00:10.000000Z');
  t.is(instances.all, before, 'a renewal alone is no change');
  pass(14);
  clock.advance(999);
  t.deepEqual(fresh(), ['x']);
  clock.advance(1);
  t.deepEqual(fresh(), []);
  t.is(changes(), 2);
  put('x', '1999-01-01T00:00:30.000000Z');
  t.deepEqual(fresh(), ['x']);
  instances.remove('x');
  t.is(instances.all.size, 0);
  t.deepEqual(clock.waiting, []);
});

test('however many Leases there are, each one is worth the same work: none is copied or searched for another one', (t) => {
  let delays = 0;
  const clock = {
    now: () => 0,
    date: () => 0,
    after: () => {
      delays++;
      return () => {};
    },
  };
  let changes = 0;
  const instances = createInstances(clock, () => changes++);
  const lease = (name: string) => ({
    metadata: { name, annotations: { 'herald/instance': '{}' } },
    spec: { holderIdentity: 'x', leaseDurationSeconds: 15 },
  });
  for (let at = 0; at < 1000; at++) instances.put(readInstanceLease(lease(`x${at}`), 0)!);
  t.is(changes, 1000);
  t.is(delays, 1, 'the first one to expire is waited for, not each');
  const { all } = instances;
  t.is(all.size, 1000);
  instances.remove('x5');
  t.is(all.size, 1000, 'a map that was given stays as it is');
  t.false(instances.all.has('x5'));
});

test('each instance expires at its own time', (t) => {
  const { instances, put, pass, fresh } = start();
  for (const name of ['x', 'y']) {
    put(name);
    pass(5);
  }
  t.deepEqual(fresh(), ['x', 'y']);
  pass(5);
  t.deepEqual(fresh(), ['y']);
  pass(5);
  t.deepEqual(fresh(), []);
  instances.stop();
});

for (const [seconds, what] of [
  [11, 'shorter than a Lease lasts'],
  [60, 'long'],
] as const) {
  test(`nobody expires while the API is away, and each instance has 15 s to be seen again: ${what}`, (t) => {
    const { clock, instances, put, pass, fresh, changes } = start();
    for (const name of ['w', 'x', 'y', 'z']) {
      put(name);
      pass(1);
    }
    const before = changes();
    clock.advance(1000 * seconds);
    t.deepEqual(fresh(), ['w', 'x', 'y', 'z']);
    put('y');
    t.deepEqual(fresh(), ['w', 'x', 'y', 'z']);
    pass(10);
    for (const name of ['x', 'y', 'z']) put(name);
    pass(4);
    t.deepEqual(fresh(), ['w', 'x', 'y', 'z']);
    t.is(changes(), before);
    pass(1);
    t.deepEqual(fresh(), ['x', 'y', 'z'], 'one of them has died meanwhile');
    instances.stop();
  });
}

test('a bookmark says no less than a renewal that the Leases are watched', (t) => {
  const { clock, instances, put, fresh } = start();
  put('x');
  clock.advance(8000);
  instances.seen();
  clock.advance(7000);
  t.deepEqual(fresh(), []);
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
    ...{ isDraining: false, isFresh: true, askAt: null, hop: null, hopFault: null },
  });
  for (const text of ['{', 'null', '[]'])
    t.truthy(
      readInstanceLease({ metadata: { name: 'x', annotations: { 'herald/instance': text } }, spec: null }, 0),
    );
  t.false(readInstanceLease(LEASE('x', REPORT, { holderIdentity: '' }), 0)?.state.isFresh);
  // A thousand years are no duration.
  t.is(readInstanceLease(LEASE('x', REPORT, { leaseDurationSeconds: 3e10 }), 0)?.expiresAtMs, 15_000);
});

test('G12: the hop of a Lease is an address that others reach, with families; anything else is none', (t) => {
  const hopOf = (hop: unknown) => readInstanceLease(LEASE('x', { ...REPORT, hop }), 0)!.state.hop;
  t.deepEqual(hopOf({ at: '[fd00::1]:9466', families: [6, 'x', 4, 6, 5] }), {
    ...{ at: '[fd00::1]:9466', families: [4, 6] },
  });
  t.deepEqual(hopOf({ at: '10.0.0.1:9466', families: 'all' }), { at: '10.0.0.1:9466', families: [] });
  for (const at of [
    '127.0.0.1:9466',
    '[::1]:9466',
    '[::ffff:127.0.0.1]:80',
    '0.0.0.0:9466',
    ':9466',
    '10.0.0.1:0',
  ]) {
    t.is(hopOf({ at, families: [4] }), null, at);
  }
  for (const odd of [null, 5, [], {}, { at: 7 }, { at: 'unix:/x' }, { at: 'node-a:9466' }])
    t.is(hopOf(odd), null);
});

test('G12: why a node cannot present clients is told in a bounded text', (t) => {
  const faultOf = (hopFault: unknown) =>
    readInstanceLease(LEASE('x', { ...REPORT, hopFault }), 0)!.state.hopFault;
  t.is(faultOf('x'.repeat(100_000))?.length, 512);
  t.is(faultOf({}), null);
  const { hopFault } = JSON.parse(formatInstanceReport({ ...REPORT, hopFault: 'x'.repeat(100_000) }));
  t.is(hopFault.length, 512);
});

test('G12: an instance that drains takes no sessions any more', (t) => {
  t.is(JSON.parse(formatInstanceReport({ ...REPORT, isDraining: true })).hop, null);
  t.deepEqual(JSON.parse(formatInstanceReport(REPORT)).hop, REPORT.hop);
});
