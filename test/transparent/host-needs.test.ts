import test from 'ava';
import { formatIp, parseIp } from '../../src/address/ip.ts';
import { StartError } from '../../src/plan/start-error.ts';
import {
  faultsOf,
  followedOf,
  type HostNeeds,
  hasFamily,
  withPlanned,
} from '../../src/transparent/host-needs.ts';
import { endpointAt, listenerPlan } from '../helpers/engine-harness.ts';

const at = (ip: string) => ({ ...endpointAt(80), ip: parseIp(ip)! });
const hop = { ip: parseIp('10.0.0.2')!, port: 9466 };
const listener = (name: string, ...endpoints: ReturnType<typeof at>[]) => ({
  ...listenerPlan({ endpoints }),
  name,
});

function texts({ loopback, attached, unnamed }: HostNeeds) {
  return {
    loopback: [...loopback],
    attached: attached.map((ip) => formatIp(ip)),
    unnamed: unnamed.map((ip) => formatIp(ip)),
  };
}

test('a host without IPv6 closes only the listeners with endpoints of IPv6, and is asked once for each family', (t) => {
  const asked: number[] = [];
  const faults = faultsOf(
    [
      listener('v4', at('10.1.0.5')),
      listener('both', at('10.1.0.6'), at('fd00:1::5')),
      listener('v6', at('fd00:1::6')),
      listener('by a hop', { ...at('fd00:1::7'), hop } as ReturnType<typeof at>),
      listener('not known yet'),
    ],
    (family) => {
      asked.push(family);
      if (family === 6) throw new StartError('transparent_unavailable', 'no IPv6');
    },
  );
  t.deepEqual(
    faults.map(({ listeners }) => [...listeners]),
    [[['both', 'no IPv6']], [['v6', 'no IPv6']]],
  );
  t.deepEqual(asked, [4, 6]);
});

test('a right that is missing is one of every listener, and another error is none of theirs', (t) => {
  const refuse = () => {
    throw new StartError('capability_missing', 'CAP_NET_RAW');
  };
  t.is(faultsOf([listener('a', at('10.1.0.5')), listener('b')], refuse).length, 2);
  t.throws(
    () =>
      faultsOf([listener('a')], () => {
        throw new RangeError('x');
      }),
    { instanceOf: RangeError },
  );
});

test('an endpoint is followed once, by where it is; those without the name of a node are judged again', (t) => {
  const endpoint = (ip: string, node: string | null) => ({ ip: parseIp(ip)!, node });
  const all = [
    endpoint('127.0.0.1', null),
    endpoint('::1', 'node-a'),
    endpoint('10.1.0.5', 'node-a'),
    endpoint('10.1.0.5', 'node-a'),
    endpoint('10.1.0.6', null),
    endpoint('10.2.0.7', null),
    endpoint('10.2.0.8', 'node-b'),
  ];
  const needs = followedOf(all, ({ ip }) => {
    const text = formatIp(ip);
    if (text === '127.0.0.1' || text === '::1') return 'loopback';
    return text.startsWith('10.1.') ? 'here' : 'elsewhere';
  });
  t.deepEqual(texts(needs), {
    ...{ loopback: [4, 6], attached: ['10.1.0.5', '10.1.0.6'], unnamed: ['10.1.0.6', '10.2.0.7'] },
  });
  t.deepEqual([hasFamily(needs, 4), hasFamily(needs, 6)], [true, false]);
});

test('endpoints of a plan are added to those in force, without those that a hop serves', (t) => {
  const before = followedOf([{ ip: parseIp('10.1.0.5')!, node: null }], () => 'here');
  const needs = withPlanned(before, [
    ...[at('10.1.0.5'), at('10.1.0.6'), at('127.0.0.2'), at('::1'), at('::2'), at('fd00::1')],
    { ...at('10.1.1.9'), hop },
  ]);
  t.deepEqual(texts(needs), {
    loopback: [4, 6],
    attached: ['10.1.0.5', '10.1.0.6', '::2', 'fd00::1'],
    unnamed: ['10.1.0.5'],
  });
});
