import test from 'ava';
import { formatIp } from '../../../src/address/ip.ts';
import type { InstanceState } from '../../../src/controller/lease/instance-report.ts';
import { createInstanceSources } from '../../../src/controller/lease/instance-sources.ts';
import { turnedClock } from '../../helpers/turned-clock.ts';

const state = (name: string, more: Partial<InstanceState> = {}): InstanceState => ({
  ...{ name, node: `node-${name}`, addresses: [], failedPorts: [], bypassed: [], askAt: null },
  ...{ isDraining: false, isFresh: true, hop: null, hopFault: null, ...more },
});
const hop = (at: string, ...families: (4 | 6)[]) => ({ hop: { at, families } });

function start() {
  const known = new Map<string, InstanceState>();
  const sources = createInstanceSources({ own: 'a', instances: () => known, clock: turnedClock() });
  const source = sources.create();
  const heard = { changes: 0 };
  source.start({ changed: () => heard.changes++, remark() {} });
  return {
    ...{ sources, source, heard },
    put(...all: readonly InstanceState[]) {
      for (const each of all) known.set(each.name, each);
      sources.update();
    },
    remove(name: string) {
      known.delete(name);
      sources.update();
    },
    hops: () =>
      source.state.endpoints.map(
        ({ text, node, ready, forFamilies }) =>
          `${text} ${node} ${ready ? 'ready' : 'not ready'} ${forFamilies?.join()}`,
      ),
    peers: () => source.state.addresses.map((ip) => formatIp(ip)),
  };
}

test('G12: each instance that takes sessions is an endpoint on its node, for the families that it has proven', (t) => {
  const { put, hops, source } = start();
  t.false(source.state.synced, 'nothing is known before the Leases are listed');
  put(
    state('b', hop('10.0.0.2:9466', 4, 6)),
    state('a', hop('[fd00::1]:9466', 4)),
    state('c', { ...hop('10.0.0.3:9466'), hopFault: 'no routes' }),
    state('d', { ...hop('10.0.0.4:9466', 4), isFresh: false }),
    state('e', { ...hop('10.0.0.5:9466', 4), node: null }),
    state('f'),
  );
  t.true(source.state.synced);
  t.deepEqual(hops(), [
    '10.0.0.2:9466 node-b ready 4,6',
    '10.0.0.3:9466 node-c not ready ',
    '10.0.0.4:9466 node-d not ready 4',
    '[fd00::1]:9466 node-a ready 4',
  ]);
});

test('G12: those that live may hand over sessions, and those that drain still do; this machine is none of them', (t) => {
  const { put, peers } = start();
  put(
    state('a', { addresses: ['10.0.0.1'] }),
    state('b', { addresses: ['10.0.0.2', '::ffff:10.0.0.2', 'fd00::2'], ...hop('192.168.9.2:9466', 4) }),
    state('c', { addresses: ['10.0.0.3'], isDraining: true, isFresh: false }),
    state('d', { addresses: ['10.0.0.4'], isFresh: false }),
  );
  t.deepEqual(peers(), ['10.0.0.2', '10.0.0.3', '192.168.9.2', 'fd00::2']);
});

test('a change is told once, a renewal is none, and a family that is proven is one', async (t) => {
  const { put, heard, source, sources } = start();
  put(state('b', hop('10.0.0.2:9466', 4)));
  const before = source.state;
  put(state('b', hop('10.0.0.2:9466', 4)));
  t.is(source.state, before);
  t.is(heard.changes, 1);
  put(state('b', hop('10.0.0.2:9466', 4, 6)));
  t.is(heard.changes, 2);
  t.is(sources.create().state, source.state, 'all sources say the same');
  await source.stop();
  put(state('b', hop('10.0.0.2:9466', 6)));
  t.is(heard.changes, 2);
});

test('an instance whose hop is no address, and one of its addresses that is none, are passed over', (t) => {
  const { put, hops, peers } = start();
  put(
    state('b', { ...hop('/run/herald', 4), addresses: ['nowhere', '10.0.0.2'] }),
    state('c', hop('10.0.0.3:9466', 6)),
  );
  t.deepEqual(hops(), ['10.0.0.3:9466 node-c ready 6']);
  t.deepEqual(peers(), ['10.0.0.2', '10.0.0.3']);
});

test('a source says when the Leases were last heard of, and one that was never started can be stopped', async (t) => {
  const { put, source, sources } = start();
  t.is(source.health.lastEventAt, null);
  put(state('b', hop('10.0.0.2:9466', 4)));
  t.deepEqual(source.health, { synced: true, lastEventAt: 1_700_000_000, errors: new Map() });
  put({ ...state('b'), isFresh: false });
  await sources.create().stop();
});

test('no Lease at all is an answer as well', (t) => {
  const { sources, source } = start();
  sources.update();
  t.true(source.state.synced);
  t.deepEqual(source.state.endpoints, []);
});

test('G12: of two instances that follow each other on a node the one that is ready counts', (t) => {
  const { put, hops } = start();
  put(
    state('b', hop('10.0.0.2:9466', 4)),
    state('c', { ...hop('10.0.0.2:9466', 4), isFresh: false, node: 'node-b' }),
  );
  t.deepEqual(hops(), ['10.0.0.2:9466 node-b ready 4']);
});

test('G12: if no Lease is fresh any more, hops and peers stay as they were', (t) => {
  const { put, remove, hops, peers } = start();
  const b = state('b', { ...hop('10.0.0.2:9466', 4), addresses: ['10.0.0.2'] });
  put(b);
  put({ ...b, isFresh: false });
  t.deepEqual(hops(), ['10.0.0.2:9466 node-b ready 4']);
  t.deepEqual(peers(), ['10.0.0.2']);
  put(state('a'));
  t.deepEqual([hops(), peers()], [['10.0.0.2:9466 node-b not ready 4'], []]);
  remove('b');
  t.deepEqual(hops(), []);
});
