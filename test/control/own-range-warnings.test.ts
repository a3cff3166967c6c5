import test from 'ava';
import { parseCidr } from '../../src/address/cidr.ts';
import { formatIp, parseIp } from '../../src/address/ip.ts';
import { ownAddresses, ownRangeWarnings } from '../../src/control/own-range-warnings.ts';

const POD = ['10.244.3.7', 'fd00:1::7'].map((address) => parseIp(address)!);

function warnings(...trust: readonly string[]): string[] {
  const cidrs = trust.map((text) => parseCidr(text)!);
  return ownRangeWarnings([{ name: 'web', trust: { cidrs, names: [], unix: false } }], POD);
}

const told = (range: string, own: string) => [
  `listener web: trust has ${range}, which holds Herald's own address (${own}): every pod in it can claim to be any client. Trust the proxies instead, as k8s:namespace/service`,
];

test('a range that holds the own pod is told of', (t) => {
  t.deepEqual(warnings('192.0.2.0/24', '10.244.0.0/16'), told('10.244.0.0/16', '10.244.3.7'));
  t.deepEqual(warnings('fd00::/8'), told('fd00::/8', 'fd00:1::7'));
});

test('once a listener, whatever else its list holds', (t) => {
  t.is(warnings('10.0.0.0/8', '10.244.0.0/16', 'fd00::/8').length, 1);
});

test('other ranges, one address alone, and all there are, are not', (t) => {
  t.deepEqual(warnings('10.243.0.0/16', 'fd01::/16'), []);
  t.deepEqual(warnings('10.244.3.7', 'fd00:1::7'), []);
  t.deepEqual(warnings('0.0.0.0/0', '::/0'), []);
  t.deepEqual(warnings(), []);
});

test('the own addresses are those that others know, also if they stand on the loopback interface', (t) => {
  const address = (text: string, family: 'IPv4' | 'IPv6', internal = false) => {
    const rest = { netmask: '', mac: '', internal, cidr: null };
    return family === 'IPv4'
      ? { ...rest, address: text, family }
      : { ...rest, address: text, family, scopeid: 0 };
  };
  const found = ownAddresses({
    lo: [
      address('127.0.0.1', 'IPv4', true),
      address('::1', 'IPv6', true),
      address('192.0.2.53', 'IPv4', true),
    ],
    eth0: [
      address('10.244.3.7', 'IPv4'),
      address('169.254.1.1', 'IPv4'),
      address('fd00:1::7', 'IPv6'),
      address('fe80::7', 'IPv6'),
    ],
  });
  t.deepEqual(
    found.map((ip) => formatIp(ip)),
    ['192.0.2.53', '10.244.3.7', 'fd00:1::7'],
  );
});
