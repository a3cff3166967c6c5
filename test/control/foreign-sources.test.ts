import test from 'ava';
import { parseCidr } from '../../src/address/cidr.ts';
import { foreignSources } from '../../src/control/foreign-sources.ts';

const told = (...dialFrom: readonly string[]) =>
  foreignSources([{ name: 'web', dialFrom: dialFrom.map((text) => parseCidr(text)!) }]);

test('an address to dial from that this machine does not have is told of, each with its listener', async (t) => {
  t.deepEqual(await told('127.0.0.1', '198.51.100.1', '2001:db8::1'), [
    'listener web: dialFrom: this machine has no address 198.51.100.1: no endpoint can be dialed from there',
    'listener web: dialFrom: this machine has no address 2001:db8::1: no endpoint can be dialed from there',
  ]);
});

test('so is a range of which it has nothing', async (t) => {
  t.deepEqual(await told('198.51.100.0/24', '2001:db8::/64'), [
    'listener web: dialFrom: this machine has no address of 198.51.100.0/24: no endpoint can be dialed from there',
    'listener web: dialFrom: this machine has no address of 2001:db8::/64: no endpoint can be dialed from there',
  ]);
});

test('what is here is nothing to be told of, nor a range of which one address is, nor no address at all', async (t) => {
  t.deepEqual(await told('127.0.0.1', '127.0.0.0/30', '0.0.0.0/0'), []);
  t.deepEqual(await told(), []);
});

(process.platform === 'linux' ? test : test.skip)(
  'what is routed here counts, be it on no interface',
  async (t) => {
    t.deepEqual(await told('127.9.9.9', '127.9.9.0/24'), []);
  },
);
