import test from 'ava';
import { localPorts, ownMachine } from '../../src/engine/own-machine.ts';

test('the range of ports is what the kernel says, or any that needs no privilege', (t) => {
  t.deepEqual(localPorts('32768\t60999\n'), [32_768, 60_999]);
  for (const text of [null, '', 'x y', '1']) t.deepEqual(localPorts(text), [1024, 65_535]);
});

test('this machine has loopback addresses, and a range of ports to dial from', (t) => {
  const machine = ownMachine(() => 7);
  t.true(machine.addresses().some((ip) => ip.join('.') === '127.0.0.1'));
  const [first, last] = machine.ports();
  t.true(first > 0 && first < last && last < 65_536, `${first} ${last}`);
  t.is(machine.now(), 7);
});
