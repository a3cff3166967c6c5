import test from 'ava';
import type { Told } from '../../src/controller/controller.ts';
import type { InstanceState } from '../../src/controller/lease/instance-report.ts';
import { createOwnHop, hopFacts } from '../../src/controller/own-hop.ts';
import { turnedClock } from '../helpers/turned-clock.ts';

const LISTENER = { name: 'hop', object: null, listen: ':9466', port: 9466, settings: {}, to: [] };
const HOP = { listener: { ...LISTENER, refusesEmptyShares: false }, families: [4] as const };
const NONE = { hop: null, hopFault: null };

const told = (more: Partial<Told> = {}): Told => ({
  ...{ listeners: [], statuses: [], events: [], objects: {} as Told['objects'] },
  ...{ failedPorts: [], openPorts: [], hop: HOP, hopFailure: null, ...more },
});
const { hop: _, ...NOT_WANTED } = told();

function start(ip: Uint8Array | null = null, addresses: readonly string[] = ['10.0.0.1', 'fd00::1']) {
  const clock = turnedClock();
  const world = {
    faults: new Map<number, string>(),
    pending: new Set<number>(),
    isDraining: false,
    changes: 0,
    codes: [] as string[],
    proven: () => {},
  };
  const hop = createOwnHop({
    options: { hopListen: { kind: 'tcp', ip, port: 9466 } },
    addresses: () => addresses,
    isDraining: () => world.isDraining,
    changed: () => world.changes++,
    clock,
    remark: ({ code }) => world.codes.push(code),
  });
  const capability = {
    fault: (family: number) => world.faults.get(family) ?? null,
    isPending: (family: number) => world.pending.has(family),
    changed(listener: () => void) {
      world.proven = listener;
    },
  };
  return { world, hop, capability, clock };
}

test('G12: an instance tells where it takes sessions once its listener is open, and what its node has proven', (t) => {
  const { hop, world, capability } = start();
  t.deepEqual(hop.report(), NONE);
  hop.presentBy(capability);
  t.true(hop.told(told()));
  t.deepEqual(hop.report(), { hop: { at: '10.0.0.1:9466', families: [4, 6] }, hopFault: null });
  world.faults.set(6, 'no echo');
  t.deepEqual(
    hop.report(),
    { hop: { at: '10.0.0.1:9466', families: [4] }, hopFault: null },
    'nobody needs IPv6',
  );
  t.true(hop.told(told({ hop: { ...HOP, families: [4, 6] } })));
  t.deepEqual(hop.report(), { hop: { at: '10.0.0.1:9466', families: [4] }, hopFault: 'no echo' });
});

test('G12: a fault that lasts for half a minute is one for Events; one that is over sooner is not', (t) => {
  const { hop, world, capability, clock } = start();
  hop.presentBy(capability);
  hop.told(told());
  world.faults.set(6, 'no echo');
  world.proven();
  t.is(world.changes, 1);
  clock.advance(29_999);
  t.is(hop.faults.size, 0);
  world.faults.set(4, 'no routes');
  world.proven();
  clock.advance(1);
  t.deepEqual([...hop.faults], [[6, 'no echo']]);
  t.is(world.changes, 3);
  world.faults.delete(4);
  world.faults.set(6, 'another echo');
  world.proven();
  clock.advance(60_000);
  t.deepEqual([...hop.faults], [[6, 'another echo']]);
  world.faults.delete(6);
  world.proven();
  t.is(hop.faults.size, 0);
  world.faults.set(6, 'no echo');
  world.proven();
  t.is(hop.faults.size, 0, 'a new fault has to last as long');
  clock.advance(30_000);
  t.deepEqual([...hop.faults], [[6, 'no echo']]);
  t.deepEqual(clock.waiting, []);
});

test('G12: what is not proven yet is no capability', (t) => {
  const { hop } = start();
  hop.told(told());
  t.like(hop.report(), {
    hop: { families: [] },
    hopFault: 'whether this node can present clients is not known yet',
  });
  t.is(hop.faults.size, 0, 'nor is it an Event');
});

test('G12: a successor tells nothing of its node before that has been tried, so that no Lease says less than its predecessor', (t) => {
  const runs: string[] = [];
  for (const [name, families, end] of [
    ['tried', [4], 'tried'],
    ['nobody needs it', [6], 'at once'],
    ['silent for five seconds', [4], 'silent'],
    ['stopped', [4], 'stopped'],
  ] as const) {
    const { hop, world, capability, clock } = start();
    world.pending.add(4);
    hop.presentBy(capability);
    hop.told(told({ hop: { ...HOP, families } }));
    hop.whenKnown(() => runs.push(name));
    t.is(runs.includes(name), end === 'at once', name);
    world.proven();
    if (end === 'tried') {
      world.pending.clear();
      world.proven();
      world.proven();
    }
    if (end === 'silent') clock.advance(4999);
    t.is(runs.includes(name), end === 'at once' || end === 'tried', name);
    if (end === 'silent') clock.advance(1);
    if (end === 'stopped') hop.stop();
    t.deepEqual(clock.waiting, [], name);
  }
  t.deepEqual(runs, ['tried', 'nobody needs it', 'silent for five seconds']);
  const { hop } = start();
  hop.told(NOT_WANTED);
  hop.whenKnown(() => runs.push('not wanted'));
  t.is(runs.length, 4);
});

test('G12: a change of what a node can do, or of what is wanted, is a change of the report', (t) => {
  const { hop } = start();
  t.true(hop.told(told()));
  t.false(hop.told(told()));
  t.true(hop.told(told({ hop: { ...HOP, families: [4, 6] } })));
  t.true(hop.told(told({ hop: { ...HOP, families: [4, 6] }, hopFailure: 'in use' })));
  t.true(hop.told(NOT_WANTED));
  t.false(hop.told(NOT_WANTED));
});

test('G12: what is at fault at the start counts from then on', (t) => {
  const { hop, world, capability, clock } = start();
  world.faults.set(4, 'no echo');
  hop.presentBy(capability);
  hop.told(told());
  clock.advance(30_000);
  t.deepEqual([...hop.faults], [[4, 'no echo']]);
  t.is(world.changes, 1);
});

test('G12: a drain, and a listener that nobody wants or that is not open, take no sessions', (t) => {
  const { hop, world, capability } = start();
  hop.presentBy(capability);
  world.faults.set(4, 'no routes');
  hop.told(told({ hopFailure: 'port 9466 is in use' }));
  t.deepEqual(hop.report(), { hop: null, hopFault: 'port 9466 is in use' });
  t.false(hop.told(told({ hopFailure: 'port 9466 is in use' })));
  t.deepEqual(world.codes, ['hop_closed'], 'it is said once');
  t.true(hop.told(NOT_WANTED));
  t.deepEqual(hop.report(), NONE);
  t.is(hop.faults.size, 0);
  hop.told(told());
  world.isDraining = true;
  t.deepEqual(hop.report(), NONE);
});

for (const [title, ip, addresses, at] of [
  ['the address that was given', Uint8Array.of(192, 168, 9, 1), ['10.0.0.1'], '192.168.9.1:9466'],
  [
    'the first address that others reach',
    null,
    ['127.0.0.1', 'fe80::1', 'fd00::1', '10.0.0.1'],
    '[fd00::1]:9466',
  ],
  ['of IPv4 alone one of IPv4', new Uint8Array(4), ['fd00::1', '10.0.0.1'], '10.0.0.1:9466'],
  ['of every family any', new Uint8Array(16), ['10.0.0.1'], '10.0.0.1:9466'],
  ['of every family the best', new Uint8Array(16), ['fd00::1', '10.0.0.1'], '[fd00::1]:9466'],
  ['none if there is none', null, ['127.0.0.1'], undefined],
  ['no text that is no address', null, ['nowhere', '10.0.0.1'], '10.0.0.1:9466'],
] as const) {
  test(`G12: other instances are told ${title}`, (t) => {
    const { hop, capability } = start(ip, addresses);
    hop.presentBy(capability);
    hop.told(told());
    t.is(hop.report().hop?.at, at);
    t.is(hop.report().hopFault === null, at !== undefined);
  });
}

test('G12: the facts say how many instances can present clients, and which cannot', (t) => {
  const state = (name: string, more: Partial<InstanceState>): InstanceState => ({
    ...{ name, node: name, addresses: [], failedPorts: [], bypassed: [], askAt: null },
    ...{
      isDraining: false,
      isFresh: true,
      hop: { at: '10.0.0.1:1', families: [4] },
      hopFault: null,
      ...more,
    },
  });
  const all = [
    state('c', { hopFault: 'no routes' }),
    state('a', {}),
    state('b', { hop: null, node: null }),
    state('d', { isFresh: false }),
    state('e', { isDraining: true }),
  ];
  t.deepEqual(hopFacts(all), {
    ...{ capable: 1, all: 3 },
    incapable: [
      { node: 'b', why: 'it takes no sessions' },
      { node: 'c', why: 'no routes' },
    ],
  });
  const many = Array.from({ length: 70 }, (_, at) => state(`n${100 + at}`, { hop: null })).reverse();
  const { capable, all: count, incapable } = hopFacts([...many, ...all.slice(1, 2)]);
  t.deepEqual([capable, count, incapable.length], [1, 71, 64]);
  t.deepEqual([incapable[0]!.node, incapable[63]!.node], ['n100', 'n163']);
});
