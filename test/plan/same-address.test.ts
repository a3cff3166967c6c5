import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import type { ListenAddress } from '../../src/plan/plan.ts';
import { addressKey, sameAddress } from '../../src/plan/same-address.ts';

const tcp = (ip: string | null, port: number): ListenAddress => ({
  kind: 'tcp',
  ip: ip === null ? null : parseIp(ip)!,
  port,
});
const unix = (path: string): ListenAddress => ({ kind: 'unix', path });

/** No two of these are the same. */
const ALL: readonly (() => ListenAddress)[] = [
  () => tcp(null, 80),
  () => tcp(null, 81),
  () => tcp('0.0.0.0', 80),
  () => tcp('::', 80),
  () => tcp('127.0.0.1', 80),
  () => tcp('127.0.0.1', 81),
  () => tcp('127.0.0.2', 80),
  () => tcp('::1', 80),
  () => tcp('::ffff:127.0.0.1', 80),
  () => unix('/run/a.sock'),
  () => unix('/run/b.sock'),
];

test('an address is the same as itself, written twice, and as no other', (t) => {
  t.true(ALL.length > 10);
  for (const [at, one] of ALL.entries()) {
    for (const [other, two] of ALL.entries()) {
      t.is(sameAddress(one(), two()), at === other, `${at} ${other}`);
      t.is(addressKey(one()) === addressKey(two()), at === other, `${at} ${other}`);
    }
  }
});

test('bytes are compared, and not what they lie in', (t) => {
  const wide = Uint8Array.of(9, 127, 0, 0, 1, 9);
  t.true(sameAddress({ kind: 'tcp', ip: wide.subarray(1, 5), port: 80 }, tcp('127.0.0.1', 80)));
  const buffer: ListenAddress = { kind: 'tcp', ip: Buffer.from([127, 0, 0, 1]), port: 80 };
  t.true(sameAddress(buffer, tcp('127.0.0.1', 80)));
  t.is(addressKey(buffer), addressKey(tcp('127.0.0.1', 80)));
});
