import test from 'ava';
import { GATEWAY_OPTIONS } from '../../../src/config/gateway-table.ts';
import { leaseNames } from '../../../src/controller/lease/lease-names.ts';

test('G6: gateways of different classes in one namespace have Leases of their own, with names that objects may have', (t) => {
  const usual = leaseNames(GATEWAY_OPTIONS.class.usual);
  const other = leaseNames('Example.com/LB_1');
  t.is(usual.leader, 'herald-gateway');
  t.regex(other.leader, /^herald-gateway-[0-9a-f]{10}$/);
  t.not(leaseNames('example.com/lb').leader, other.leader);
  t.notDeepEqual(usual.labels, other.labels);
  t.is(leaseNames('Example.com/LB_1').leader, other.leader);
});
