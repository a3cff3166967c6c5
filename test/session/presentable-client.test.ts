import test from 'ava';
import { formatIp, parseIp } from '../../src/address/ip.ts';
import { type ClientFault, clientFault } from '../../src/session/presentable-client.ts';
import type { HostAddress } from '../../src/shared-memory/host-addresses.ts';
import { cidrs } from '../helpers/engine-harness.ts';

const PEER = '10.0.0.1';
const OWN = '10.1.2.3';
const OWN_V6 = 'fd00::5';
const BROADCAST = '10.1.2.255';

function kindOf(ip: Uint8Array): HostAddress | null {
  const text = formatIp(ip);
  return text === BROADCAST ? 'shared' : text === OWN || text === OWN_V6 ? 'own' : null;
}

const fault = (source: string | null, peer: string | null = PEER, ...allowed: string[]) =>
  clientFault(
    source === null ? null : parseIp(source)!,
    peer === null ? null : parseIp(peer)!,
    {
      kindOf,
      allowed: cidrs(...allowed),
    },
    'loopback',
  );

/** First and last addresses of what is refused, and their neighbours, which are not. */
const ROWS: readonly (readonly [address: string, fault: ClientFault | null])[] = [
  ['0.0.0.0', 'unspecified'],
  ['0.0.0.1', 'this_network'],
  ['0.255.255.255', 'this_network'],
  ['1.0.0.0', null],
  ['126.255.255.255', null],
  ['127.0.0.0', 'loopback'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.255', 'loopback'],
  ['128.0.0.0', null],
  ['169.253.255.255', null],
  ['169.254.0.0', 'link_local'],
  ['169.254.255.255', 'link_local'],
  ['169.255.0.0', null],
  ['168.254.0.1', null],
  ['223.255.255.255', null],
  ['224.0.0.0', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['240.0.0.0', 'reserved'],
  ['255.255.255.254', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['203.0.113.77', null],
  ['10.0.0.1', null],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['::2', null],
  ['1::', null],
  ['::1:0', null],
  ['2001:db8::7', null],
  ['fe7f:ffff::1', null],
  ['fe80::', 'link_local'],
  ['fe80::1', 'link_local'],
  ['febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'link_local'],
  ['fec0::', null],
  ['fd00::1', null],
  ['feff::1', null],
  ['ff00::', 'multicast'],
  ['ff02::1', 'multicast'],
  ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'multicast'],
  [OWN, 'host_address'],
  [OWN_V6, 'host_address'],
  [BROADCAST, 'host_shared_address'],
];

test('only usable unicast sources may be bound', (t) => {
  for (const [address, expected] of ROWS) t.is(fault(address), expected, address);
});

test('a v4-mapped address is the IPv4 address that it means', (t) => {
  const v4 = ROWS.filter(([address]) => !address.includes(':'));
  t.true(v4.length > 20);
  for (const [address, expected] of v4) t.is(fault(`::ffff:${address}`), expected, address);
});

test('all 256 first bytes of IPv4, and of IPv6 behind fe', (t) => {
  for (let byte = 0; byte < 256; byte++) {
    const usable = byte !== 0 && byte !== 127 && byte < 224;
    t.is(fault(`${byte}.9.9.9`) === null, usable, `${byte}.9.9.9`);
    const v6 = Uint8Array.of(0xfe, byte, ...new Array<number>(13).fill(0), 9);
    t.is(
      clientFault(v6, null, { kindOf, allowed: cidrs() }, 'loopback') === null,
      byte < 0x80 || byte > 0xbf,
      `fe${byte}`,
    );
  }
});

test('a client without an address cannot be bound', (t) => {
  t.is(fault(null, null), 'no_address');
  t.is(fault(null), 'no_address');
});

test('an address of this host is allowed by name, and no other with it', (t) => {
  t.is(fault(OWN, PEER, '10.1.2.0/24'), null);
  t.is(fault(`::ffff:${OWN}`, PEER, OWN), null);
  t.is(fault(OWN_V6, PEER, '10.1.2.0/24'), 'host_address');
  t.is(fault(OWN_V6, PEER, 'fd00::/16'), null);
});

test('an address that is not that of a single host is never allowed', (t) => {
  const everything = ['0.0.0.0/0', '::/0'];
  for (const [address, expected] of ROWS) {
    t.is(fault(address, PEER, ...everything), expected === 'host_address' ? null : expected, address);
  }
});

test('a loopback address is presented only for a peer on loopback, and only if it is allowed by name', (t) => {
  for (const [source, peers] of [
    ['127.0.0.1', ['127.0.0.1', '127.0.0.9', '::ffff:127.0.0.1', '::1']],
    ['::1', ['::1', '127.0.0.1']],
  ] as const) {
    for (const peer of peers) {
      t.is(fault(source, peer, '127.0.0.0/8', '::1'), null, `${source} of ${peer}`);
      t.is(fault(source, peer, OWN), 'loopback', `${source} of ${peer}, not allowed`);
    }
    for (const peer of [PEER, OWN, null]) t.is(fault(source, peer, '127.0.0.0/8', '::1'), 'loopback');
  }
});
