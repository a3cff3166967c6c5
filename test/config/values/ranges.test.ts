import test from 'ava';
import { LOAD_FLAGS } from '../../../src/cli/load-flags.ts';
import { LISTENER_OPTIONS } from '../../../src/config/listener-options.ts';
import { clientPrefix, wideRanges } from '../../../src/config/values/ranges.ts';
import { reads, refuses } from './reads.ts';

for (const [text, ...doubts] of [
  ['10.0.0.5/8', '10.0.0.5/8 means all of 10.0.0.0/8; for the one address write 10.0.0.5'],
  ['10.0.0.1/31', '10.0.0.1/31 means all of 10.0.0.0/31; for the one address write 10.0.0.1'],
  ['fd00::5/64', 'fd00::5/64 means all of fd00::/64; for the one address write fd00::5'],
  [
    '::ffff:10.1.2.3/104',
    '::ffff:10.1.2.3/104 means all of 10.0.0.0/8; for the one address write ::ffff:10.1.2.3',
  ],
  [
    '10.0.0.0/8, 10.1.0.9/24,::1/0',
    '10.1.0.9/24 means all of 10.1.0.0/24; for the one address write 10.1.0.9',
    '::1/0 means all of ::/0; for the one address write ::1',
  ],
  ['10.0.0.0/8'],
  ['10.0.0.5'],
  ['10.0.0.5/32'],
  ['fd00::/8,::1/128'],
  ['::ffff:10.0.0.0/104'],
  ['0.0.0.0/0,::/0'],
  ['unix,k8s:shop/web,dns:a.example'],
  ['10.0.0.5/33'],
] as const) {
  test(`${text} ${doubts.length === 0 ? 'is what it says' : 'means more than it says'}`, (t) => {
    t.deepEqual(wideRanges([text]), doubts);
  });
}

test('every option that takes CIDRs has these doubts', (t) => {
  const types = { ...LISTENER_OPTIONS, clients: LOAD_FLAGS.clients };
  const doubting = Object.entries<{ readonly type: { readonly doubts?: unknown } }>(types);
  t.deepEqual(
    doubting.filter(([, { type }]) => type.doubts !== undefined).map(([key]) => key),
    ['trust', 'headerless', 'forwardedTrust', 'allowLocalClients', 'endpointCidrs', 'dialFrom', 'clients'],
  );
});

reads('client prefix', clientPrefix, [
  ['4:32,6:64', { v4: 32, v6: 64 }],
  ['6:56', { v4: 32, v6: 56 }],
  ['4:24', { v4: 24, v6: 64 }],
  ['6:128, 4:0', { v4: 0, v6: 128 }],
  [['4:24', '6:48'], { v4: 24, v6: 48 }],
]);

refuses('client prefix', clientPrefix, [
  ['', 'invalid_client_prefix'],
  ['64', 'invalid_client_prefix'],
  ['/64', 'invalid_client_prefix'],
  ['5:32', 'invalid_client_prefix'],
  ['4:-1', 'invalid_client_prefix'],
  ['4:032', 'invalid_client_prefix'],
  ['4:33', 'too_large', 'at most 32 bits'],
  ['6:129', 'too_large', 'at most 128 bits'],
  ['4:32,4:24', 'contradictory_client_prefix', 'each family once'],
]);
