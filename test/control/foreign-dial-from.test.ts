import test from 'ava';
import { parseCidr } from '../../src/address/cidr.ts';
import { foreignDialFrom } from '../../src/control/foreign-dial-from.ts';

const warnings = (...dialFrom: readonly string[]) =>
  foreignDialFrom([{ name: 'web', dialFrom: dialFrom.map((text) => parseCidr(text)!) }]);

test('an address to dial from that this machine does not have is a warning that names the listener', async (t) => {
  t.deepEqual(await warnings('127.0.0.1', '198.51.100.1', '2001:db8::1'), [
    'listener web: dialFrom: this machine has no address 198.51.100.1: no endpoint can be dialed from there',
    'listener web: dialFrom: this machine has no address 2001:db8::1: no endpoint can be dialed from there',
  ]);
});

test('a range without an address of this machine is a warning', async (t) => {
  t.deepEqual(await warnings('198.51.100.0/24', '2001:db8::/64'), [
    'listener web: dialFrom: this machine has no address of 198.51.100.0/24: no endpoint can be dialed from there',
    'listener web: dialFrom: this machine has no address of 2001:db8::/64: no endpoint can be dialed from there',
  ]);
});

test('there is no warning for an address of this machine, a range that has one, or an empty list', async (t) => {
  t.deepEqual(await warnings('127.0.0.1', '127.0.0.0/30', '0.0.0.0/0'), []);
  t.deepEqual(await warnings(), []);
});

(process.platform === 'linux' ? test : test.skip)(
  'an address that is routed to this machine counts, even if it is on no interface',
  async (t) => {
    t.deepEqual(await warnings('127.9.9.9', '127.9.9.0/24'), []);
  },
);
