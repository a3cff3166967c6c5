import test from 'ava';
import { parseCidr } from '../../../src/address/cidr.ts';
import { createIpSet } from '../../../src/address/ip-set.ts';
import { createRestriction } from '../../../src/discovery/kubernetes/restrict-slice.ts';
import { readSlice } from '../../../src/discovery/kubernetes/slice.ts';
import { NAMESPACE, SERVICE, slice, sliceEndpoint } from '../../helpers/kubernetes-objects.ts';

const CIDRS = createIpSet([parseCidr('10.1.0.0/16')!, parseCidr('fd00::/8')!]);
const read = (...addresses: string[]) => {
  const endpoints = addresses.map((address) => sliceEndpoint(address));
  return readSlice(slice('a', endpoints), { namespace: NAMESPACE, services: new Set([SERVICE]) })!;
};

test('E10: where endpoint CIDRs are given, what lies outside is refused', (t) => {
  const found = createRestriction(CIDRS)(read('10.1.2.3', '10.2.0.1', '127.0.0.1'));
  t.deepEqual(
    found.endpoints.map(({ ipText }) => ipText),
    ['10.1.2.3'],
  );
  t.deepEqual(found.refusals, [
    { address: '127.0.0.1', why: 'loopback' },
    { address: '10.2.0.1', why: 'outside --endpoint-cidrs' },
  ]);
});

test('without endpoint CIDRs a slice stays what it is, and with them it is looked through once', (t) => {
  const found = read('10.1.2.3', '10.2.0.1');
  t.is(createRestriction(null)(found), found);
  const restrict = createRestriction(CIDRS);
  t.is(restrict(found), restrict(found));
  t.is(found.endpoints.length, 2, 'others who follow the Service have CIDRs of their own');
});

test('only the first refusals of a restricted slice are remembered', (t) => {
  const found = read(...Array.from({ length: 100 }, (_, n) => `10.9.0.${n}`));
  t.is(createRestriction(CIDRS)(found).refusals.length, 16);
});
