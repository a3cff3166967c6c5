import test from 'ava';
import { parseCidr } from '../../src/address/cidr.ts';
import { foreignSources } from '../../src/app/foreign-sources.ts';

const told = (...source: readonly string[]) =>
  foreignSources([{ name: 'web', source: source.map((text) => parseCidr(text)!) }]);

test('a source that this machine does not have is told of, each with its listener', async (t) => {
  t.deepEqual(await told('127.0.0.1', '192.0.2.1', '2001:db8::1'), [
    'listener web: source: this machine has no address 192.0.2.1: no endpoint can be dialed from it',
    'listener web: source: this machine has no address 2001:db8::1: no endpoint can be dialed from it',
  ]);
});

test('addresses that are here, ranges, and no source at all are nothing to be told of', async (t) => {
  t.deepEqual(await told('127.0.0.1', '192.0.2.0/24', '2001:db8::/64'), []);
  t.deepEqual(await told(), []);
});

(process.platform === 'linux' ? test : test.skip)(
  'an address that is routed here counts, be it on no interface',
  async (t) => {
    t.deepEqual(await told('127.9.9.9'), []);
  },
);
