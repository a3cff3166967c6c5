import test, { type ExecutionContext } from 'ava';
import type { InstanceState } from '../../src/controller/lease/instance-report.ts';
import { createReachCheck, type ReachTarget, reachTargets } from '../../src/controller/reach-check.ts';
import { turnedClock } from '../helpers/turned-clock.ts';
import { settled } from './fake-api.ts';

/** What becomes of a connection: it arrives, it is led elsewhere, it is led nowhere, or somebody cannot tell or closes it. */
type Fate = 'here' | 'elsewhere' | 'refused' | 'unknown' | 'closed';

function start(t: ExecutionContext) {
  const clock = turnedClock();
  const fates = new Map<string, Fate>();
  const dialed: { readonly at: number; readonly key: string }[] = [];
  const told = { changes: 0, open: 0, most: 0 };
  const fateOf = ({ address, port }: ReachTarget) => fates.get(`${address}:${port}`) ?? 'here';
  const check = createReachCheck({
    clock,
    dial: async (target) => {
      dialed.push({ at: clock.now(), key: `${target.address}:${target.port}` });
      if (fateOf(target) === 'refused') return null;
      told.most = Math.max(told.most, ++told.open);
      const isOpen = fateOf(target) !== 'closed';
      return { localAddress: '10.0.0.1', localPort: 40_000, isOpen, close: () => told.open-- };
    },
    ask: async (target) => {
      const fate = fateOf(target);
      return fate === 'unknown' ? null : fate === 'here';
    },
    changed: () => told.changes++,
  });
  t.teardown(async () => {
    await check.stop();
    if (clock.waiting.length > 0) throw new Error(`timers are left: ${clock.waiting}`);
    if (told.open > 0) throw new Error('a connection is left');
  });
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 500) {
      clock.advance(500);
      await settled();
    }
  }
  return { clock, fates, dialed, told, check, pass };
}

const TARGET: ReachTarget = { address: '10.0.0.2', port: 443, askAt: '10.0.0.2:9090', node: 'b' };
const KEY = '10.0.0.2:443';

test('G5: an address at which three connections in a row are led elsewhere is bypassed', async (t) => {
  const { fates, told, check, pass, dialed } = start(t);
  fates.set(KEY, 'elsewhere');
  check.want([TARGET]);
  await pass(4000);
  t.is(dialed.length, 2);
  t.deepEqual(check.bypassed, []);
  await pass(2000);
  t.is(dialed.length, 3);
  t.deepEqual(check.bypassed, [KEY]);
  t.is(told.changes, 1);
});

test('G5: one connection that arrives ends it', async (t) => {
  const { fates, told, check, pass } = start(t);
  fates.set(KEY, 'elsewhere');
  check.want([TARGET]);
  await pass(10_000);
  fates.set(KEY, 'here');
  await pass(50_000);
  t.deepEqual(check.bypassed, [KEY]);
  await pass(15_000);
  t.deepEqual(check.bypassed, []);
  t.is(told.changes, 2);
});

test('an address that is bypassed whenever it is published is tried again ever more rarely', async (t) => {
  const { fates, told, check, pass } = start(t);
  check.want([TARGET]);
  for (let second = 0; second < 3600; second++) {
    // Not published, nothing takes it.
    fates.set(KEY, check.bypassed.length > 0 ? 'here' : 'elsewhere');
    await pass(1000);
  }
  t.true(told.changes >= 6 && told.changes <= 14, `${told.changes} changes in an hour`);
});

test('G5: two misses and one that arrives are no bypass', async (t) => {
  const { fates, told, check, pass } = start(t);
  check.want([TARGET]);
  for (let round = 0; round < 5; round++) {
    fates.set(KEY, 'elsewhere');
    await pass(2500);
    fates.set(KEY, 'here');
    await pass(29_500);
  }
  t.is(told.changes, 0);
});

for (const fate of ['refused', 'unknown', 'closed'] as const) {
  test(`G5: a connection that is ${fate} tells nothing`, async (t) => {
    const { fates, check, pass, dialed, told } = start(t);
    fates.set(KEY, fate);
    check.want([TARGET]);
    await pass(200_000);
    t.true(dialed.length > 5);
    t.is(told.changes, 0);
  });
}

test('what cannot be told leaves a bypass as it was', async (t) => {
  const { fates, check, pass } = start(t);
  fates.set(KEY, 'elsewhere');
  check.want([TARGET]);
  await pass(10_000);
  fates.set(KEY, 'unknown');
  await pass(200_000);
  t.deepEqual(check.bypassed, [KEY]);
});

test('two dials a second at most, one at a time, and each target in its turn', async (t) => {
  const { check, pass, dialed, told } = start(t);
  const targets = Array.from({ length: 100 }, (_, at) => ({ ...TARGET, port: 1000 + at }));
  check.want(targets);
  await pass(50_000);
  t.is(dialed.length, 100);
  t.is(new Set(dialed.map(({ key }) => key)).size, 100);
  await pass(50_000);
  t.deepEqual(
    dialed.slice(100).map(({ key }) => key),
    dialed.slice(0, 100).map(({ key }) => key),
  );
  t.true(dialed.every(({ at }, index) => index === 0 || at - dialed[index - 1]!.at >= 500));
  t.is(told.most, 1);
});

test('a target that ceases is bypassed no more, and nothing is dialed without one', async (t) => {
  const { fates, check, pass, dialed, clock } = start(t);
  fates.set(KEY, 'elsewhere');
  check.want([TARGET]);
  await pass(10_000);
  check.want([]);
  t.deepEqual(check.bypassed, []);
  await pass(1000);
  const { length } = dialed;
  await pass(60_000);
  t.is(dialed.length, length);
  t.deepEqual(clock.waiting, []);
});

test('an IPv6 address is named in brackets', async (t) => {
  const { fates, check, pass } = start(t);
  fates.set('fd00::2:443', 'elsewhere');
  check.want([{ ...TARGET, address: 'fd00::2' }]);
  await pass(10_000);
  t.deepEqual(check.bypassed, ['[fd00::2]:443']);
});

const instance = (name: string, changes: Partial<InstanceState> = {}): InstanceState => ({
  ...{ name, node: name, addresses: [`10.0.0.${name.charCodeAt(0) - 96}`], failedPorts: [], bypassed: [] },
  ...{ isDraining: false, isFresh: true, askAt: `${name}:9090`, hop: null, hopFault: null, ...changes },
});
const keysOf = (targets: readonly ReachTarget[]) =>
  targets.map(({ address, port, askAt }) => `${address}:${port} ${askAt}`);

test('G5: each instance checks the next one by name, so each is checked once', (t) => {
  const all = ['c', 'a', 'b'].map((name) => instance(name));
  const checked = ['a', 'b', 'c'].map((name) => keysOf(reachTargets(name, all, [80])));
  t.deepEqual(checked, [['10.0.0.2:80 b:9090'], ['10.0.0.3:80 c:9090'], ['10.0.0.1:80 a:9090']]);
});

test('G5: an instance that is alone checks its own addresses, and asks itself', (t) => {
  const all = [instance('a'), instance('b', { isFresh: false }), instance('c', { isDraining: true })];
  t.deepEqual(keysOf(reachTargets('a', all, [80])), ['10.0.0.1:80 null']);
});

test('a target names the node of its instance', (t) => {
  const [target] = reachTargets('a', [instance('a'), instance('b')], [80]);
  t.is(target!.node, 'b');
});

test('ports that an instance could not open are not checked, nor one that cannot be asked', (t) => {
  const all = [instance('a'), instance('b', { failedPorts: [80] })];
  t.deepEqual(keysOf(reachTargets('a', all, [80, 81])), ['10.0.0.2:81 b:9090']);
  t.deepEqual(reachTargets('a', [instance('a'), instance('b', { askAt: null })], [80]), []);
  t.deepEqual(reachTargets('a', [], [80]), []);
});
