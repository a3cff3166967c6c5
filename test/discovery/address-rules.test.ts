import test from 'ava';
import { parseCidr } from '../../src/address/cidr.ts';
import { parseIp } from '../../src/address/ip.ts';
import { createIpSet } from '../../src/address/ip-set.ts';
import { refuseOfName, refuseOfSlice } from '../../src/discovery/address-rules.ts';

const cidrs = createIpSet([parseCidr('10.0.0.0/8')!, parseCidr('127.0.0.0/8')!]);

const ROWS: readonly (readonly [address: string, slice: string | null, name: string | null])[] = [
  ['10.0.0.1', null, null],
  ['fd00::1', null, null],
  ['0.0.0.0', 'unspecified', 'unspecified'],
  ['::', 'unspecified', 'unspecified'],
  ['239.1.1.1', 'multicast', 'multicast'],
  ['ff02::1', 'multicast', 'multicast'],
  ['255.255.255.255', 'broadcast', 'broadcast'],
  ['127.0.0.1', 'loopback', null],
  ['::1', 'loopback', null],
  ['169.254.169.254', 'link-local', null],
  ['fe80::1', 'link-local', null],
];

for (const [address, slice, name] of ROWS) {
  test(`E10: ${address} is ${slice ?? 'taken'} in a slice, and ${name ?? 'taken'} of a name`, (t) => {
    t.is(refuseOfSlice(parseIp(address)!, null), slice);
    t.is(refuseOfName(parseIp(address)!, null), name);
  });
}

test('E10: CIDRs narrow what is taken, and never widen it', (t) => {
  t.is(refuseOfSlice(parseIp('10.1.1.1')!, cidrs), null);
  t.is(refuseOfSlice(parseIp('11.1.1.1')!, cidrs), 'outside --endpoint-cidrs');
  t.is(refuseOfSlice(parseIp('fd00::1')!, cidrs), 'outside --endpoint-cidrs');
  t.is(refuseOfSlice(parseIp('127.0.0.1')!, cidrs), 'loopback');
});
