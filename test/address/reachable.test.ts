import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { isReachable } from '../../src/address/reachable.ts';

const NOT_FOR_OTHERS = [
  ...['0.0.0.0', '0.1.2.3', '127.0.0.1', '127.255.255.255', '169.254.0.1', '224.0.0.1', '255.255.255.255'],
  ...['::', '::1', 'fe80::1', 'febf::1', 'ff02::1'],
];
const FOR_OTHERS = ['1.0.0.0', '10.0.0.1', '169.253.1.1', '223.255.255.255', '::2', 'fec0::1', 'fd00::1'];

for (const text of NOT_FOR_OTHERS)
  test(`${text} leads to no machine from elsewhere`, (t) => t.false(isReachable(parseIp(text)!)));

for (const text of FOR_OTHERS)
  test(`${text} may be told to clients elsewhere`, (t) => t.true(isReachable(parseIp(text)!)));
