import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { HOST_CELLS, HostAddresses } from '../../src/shared-memory/host-addresses.ts';
import { cidrs } from '../helpers/engine-harness.ts';

function memory(): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(HOST_CELLS * 4));
}

const kinds = (host: HostAddresses, ...addresses: string[]) =>
  addresses.map((address) => host.kindOf(parseIp(address)!));

test('as long as nobody has said what is this host, everything may be', (t) => {
  t.deepEqual(kinds(new HostAddresses(memory()), '203.0.113.7', '2001:db8::7'), ['shared', 'shared']);
});

test('every reader of the memory sees what was written last, and nothing of before', (t) => {
  const cells = memory();
  const writer = new HostAddresses(cells);
  const reader = new HostAddresses(cells);
  const addresses = ['10.0.0.1', '10.0.0.255', 'fd00::1', '203.0.113.7'];
  for (let round = 0; round < 5; round++) {
    t.true(writer.replace(cidrs('10.0.0.1', 'fd00::1'), cidrs('10.0.0.255')));
    t.deepEqual(kinds(reader, ...addresses), ['own', 'shared', 'own', null]);
    t.true(writer.replace(cidrs('10.0.0.1'), cidrs('10.0.0.255'), cidrs('203.0.113.0/24', 'fd00::/64')));
    t.deepEqual(kinds(reader, ...addresses), ['own', 'shared', 'near', 'near']);
    t.true(writer.replace(cidrs('203.0.113.0/24'), cidrs()));
    t.deepEqual(kinds(reader, ...addresses), [null, null, null, 'own']);
    t.deepEqual(kinds(new HostAddresses(cells), ...addresses), [null, null, null, 'own']);
  }
});

test('an address that is both is not for one host', (t) => {
  const host = new HostAddresses(memory());
  host.replace(cidrs('10.0.0.0/24'), cidrs('10.0.0.255'));
  t.deepEqual(kinds(host, '10.0.0.254', '10.0.0.255'), ['own', 'shared']);
});

test('an address of this host is not a near one, though it lies in the range of an interface', (t) => {
  const host = new HostAddresses(memory());
  host.replace(cidrs('10.0.0.1'), cidrs('10.0.0.255'), cidrs('10.0.0.0/24'));
  t.deepEqual(kinds(host, '10.0.0.1', '10.0.0.255', '10.0.0.2', '10.0.1.2'), ['own', 'shared', 'near', null]);
});

test('more ranges than there is room for change nothing', (t) => {
  const host = new HostAddresses(memory());
  t.true(host.replace(cidrs('10.0.0.1'), cidrs()));
  t.false(host.replace(new Uint32Array(8192 * 8), cidrs('10.0.0.2')));
  t.false(host.replace(cidrs(), cidrs('10.0.0.2'), new Uint32Array(8192 * 8)));
  t.deepEqual(kinds(host, '10.0.0.1', '10.0.0.2'), ['own', null]);
});
