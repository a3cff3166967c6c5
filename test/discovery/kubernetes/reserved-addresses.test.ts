import test from 'ava';
import fc from 'fast-check';
import { createReservedAddresses } from '../../../src/discovery/kubernetes/reserved-addresses.ts';

test('an address is reserved while any owner has it', (t) => {
  const reserved = createReservedAddresses();
  t.deepEqual(reserved.set('node a', 'a node', ['10.0.0.1', '10.0.0.2']), ['10.0.0.1', '10.0.0.2']);
  t.deepEqual(reserved.set('service b', 'a Service', ['10.0.0.2', '10.0.0.3']), ['10.0.0.3']);
  t.is(reserved.ownerOf('10.0.0.1'), 'a node');
  t.deepEqual(reserved.set('node a', 'a node', []), ['10.0.0.1']);
  t.is(reserved.ownerOf('10.0.0.1'), null);
  t.not(reserved.ownerOf('10.0.0.2'), null);
  t.deepEqual(reserved.set('service b', 'a Service', ['10.0.0.2', '10.0.0.3']), []);
});

test('what is reserved is the union of what all owners have, and each change of it is returned', (t) => {
  const ips = fc.array(fc.constantFrom('1', '2', '3', '4'), { maxLength: 5 });
  const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), ips), { maxLength: 20 });
  fc.assert(
    fc.property(steps, (all) => {
      const reserved = createReservedAddresses();
      const model = new Map<string, readonly string[]>();
      const known = () => new Set([...model.values()].flat());
      for (const [owner, given] of all) {
        const before = known();
        model.set(owner, given);
        const now = known();
        const changed = ['1', '2', '3', '4'].filter((ip) => before.has(ip) !== now.has(ip));
        t.deepEqual([...reserved.set(owner, owner, given)].sort(), changed);
        for (const ip of ['1', '2', '3', '4']) t.is(reserved.ownerOf(ip) !== null, now.has(ip));
      }
    }),
  );
});
