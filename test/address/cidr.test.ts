import test from 'ava';
import fc from 'fast-check';
import { formatCidr, parseCidr } from '../../src/address/cidr.ts';

function again(text: string): string | undefined {
  const cidr = parseCidr(text);
  return cidr && formatCidr(cidr);
}

for (const [text, expected] of [
  ['10.0.0.0/8', '10.0.0.0/8'],
  ['10.1.2.3/8', '10.0.0.0/8'],
  ['10.255.255.255/9', '10.128.0.0/9'],
  ['192.0.2.1', '192.0.2.1/32'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['255.255.255.255/0', '0.0.0.0/0'],
  ['255.255.255.255/31', '255.255.255.254/31'],
  ['2001:db8::1', '2001:db8::1/128'],
  ['fdff::1/8', 'fd00::/8'],
  ['::/0', '::/0'],
  ['2001:db8:ffff::/33', '2001:db8:8000::/33'],
  ['::ffff:10.1.2.3', '10.1.2.3/32'],
  ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
  ['::ffff:0:0/96', '0.0.0.0/0'],
  ['::ffff:10.1.2.3/95', '::fffe:0:0/95'],
] as const) {
  test(`${text} is ${expected}`, (t) => t.is(again(text), expected));
}

for (const text of [
  '',
  '/',
  '/8',
  '10.0.0.0/',
  '10.0.0.0/33',
  '::/129',
  '10.0.0.0/08',
  '10.0.0.0/-1',
  '10.0.0.0/+8',
  '10.0.0.0/8/8',
  '10.0.0.0/ 8',
  '10.0.0/8',
  '10.0.0.0/8 ',
  '10.0.0.0/255.0.0.0',
  'fe80::%eth0/64',
  'localhost/8',
  '10.0.0.0/1e1',
]) {
  test(`${JSON.stringify(text)} is no range`, (t) => t.is(parseCidr(text), undefined));
}

test('a range written as text is the same range', (t) => {
  const range = fc.oneof(
    fc.tuple(fc.ipV4(), fc.nat(32)).map(([ip, prefix]) => `${ip}/${prefix}`),
    fc.tuple(fc.ipV6(), fc.nat(128)).map(([ip, prefix]) => `${ip}/${prefix}`),
  );
  fc.assert(
    fc.property(range, (text) => {
      const cidr = parseCidr(text)!;
      t.deepEqual(parseCidr(formatCidr(cidr)), cidr);
    }),
  );
});
