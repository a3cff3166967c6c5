import test from 'ava';
import fc from 'fast-check';
import { type Cidr, parseCidr } from '../../src/address/cidr.ts';
import { parseIp } from '../../src/address/ip.ts';
import { createIpSet, ipSetCovers, ipSetHas } from '../../src/address/ip-set.ts';

const cidr = (text: string) => parseCidr(text)!;
const ip = (text: string) => parseIp(text)!;

/** Few prefixes of few addresses, so that ranges overlap, touch and contain each other. */
const v4 = fc.tuple(fc.constantFrom(0, 10, 127, 255), fc.nat(3), fc.nat(3), fc.nat(255));
const groups = fc.array(fc.constantFrom(0, 1, 0xffff, 0xfffe), { minLength: 8, maxLength: 8 });
const mapped = v4.map(([a, b, c, d]) => [0, 0, 0, 0, 0, 0xffff, (a << 8) | b, (c << 8) | d]);
const anyIp = fc.oneof(
  v4.map((bytes) => Uint8Array.from(bytes)),
  fc.oneof(groups, mapped).map((all) => Uint8Array.from(all.flatMap((group) => [group >> 8, group & 255]))),
);
const anyCidr: fc.Arbitrary<Cidr> = fc
  .tuple(anyIp, fc.nat(128))
  .map(([bytes, prefix]) => cidr(`${textOf(bytes)}/${Math.min(prefix, 8 * bytes.length)}`));

function textOf(bytes: Uint8Array): string {
  return bytes.length === 4
    ? bytes.join('.')
    : (Buffer.from(bytes).toString('hex').match(/.{4}/g) ?? []).join(':');
}

/** IPv4 and v4-mapped addresses are one family, everything else another. */
function keyOf(bytes: Uint8Array): { isV4: boolean; value: bigint; bits: number } {
  const hex = Buffer.from(bytes).toString('hex');
  const isV4 = bytes.length === 4 || hex.startsWith('00000000000000000000ffff');
  return { isV4, value: BigInt(`0x${isV4 ? hex.slice(-8) : hex}`), bits: isV4 ? 32 : 128 };
}

function naiveHas(cidrs: readonly Cidr[], bytes: Uint8Array): boolean {
  const key = keyOf(bytes);
  return cidrs.some((range) => {
    // An IPv6 range contains no IPv4 address, even if it includes ::ffff:0:0/96.
    if ((range.ip.length === 4) !== key.isV4) return false;
    const shift = BigInt(key.bits - range.prefix);
    return BigInt(`0x${Buffer.from(range.ip).toString('hex')}`) >> shift === key.value >> shift;
  });
}

test('a set holds what one of its ranges holds', (t) => {
  let held = 0;
  fc.assert(
    fc.property(fc.array(anyCidr, { maxLength: 12 }), fc.array(anyIp, { minLength: 20 }), (cidrs, ips) => {
      const set = createIpSet(cidrs);
      for (const bytes of [...ips, ...cidrs.map((range) => range.ip)]) {
        const expected = naiveHas(cidrs, bytes);
        if (expected) held++;
        t.is(
          ipSetHas(set, bytes),
          expected,
          `${textOf(bytes)} in ${cidrs.map((it) => `${textOf(it.ip)}/${it.prefix}`)}`,
        );
      }
    }),
    { numRuns: 1000 },
  );
  t.true(held > 1000);
});

test('a set is sorted, disjoint and merged, and no larger than it must be', (t) => {
  fc.assert(
    fc.property(fc.array(anyCidr, { maxLength: 12 }), (cidrs) => {
      const set = createIpSet(cidrs);
      const bounds = [...Array(set.length / 4).keys()].map((i) =>
        set.slice(4 * i, 4 * i + 4).reduce((sum, word) => (sum << 32n) | BigInt(word), 0n),
      );
      for (let i = 0; i < bounds.length; i += 2) {
        t.true(bounds[i]! <= bounds[i + 1]!);
        if (i > 0) t.true(bounds[i]! > bounds[i - 1]! + 1n);
      }
      t.deepEqual(structuredClone(set), set);
    }),
  );
});

test('a set covers a range where it holds all of its addresses', (t) => {
  fc.assert(
    fc.property(fc.array(anyCidr, { maxLength: 8 }), anyCidr, (cidrs, range) => {
      const set = createIpSet(cidrs);
      // The union stays the same exactly where nothing was missing.
      t.is(ipSetCovers(set, range), createIpSet([...cidrs, range]).join() === set.join());
    }),
    { numRuns: 2000 },
  );
});

test('neighbours are merged into one range', (t) => {
  t.is(createIpSet(['10.0.0.0/25', '10.0.0.128/25', '10.0.1.0/24'].map(cidr)).length, 8);
  t.is(createIpSet(['10.0.0.0/24', '10.0.2.0/24'].map(cidr)).length, 16);
});

test('an empty set holds nothing', (t) => {
  const set = createIpSet([]);
  t.is(set.length, 0);
  t.false(ipSetHas(set, ip('0.0.0.0')));
  t.false(ipSetHas(set, ip('::')));
});

test('a v4-mapped address is in the ranges of IPv4', (t) => {
  const set = createIpSet([cidr('10.0.0.0/8')]);
  t.true(ipSetHas(set, ip('::ffff:10.1.2.3')));
  t.true(ipSetHas(createIpSet([cidr('::ffff:10.0.0.0/104')]), ip('10.1.2.3')));
  t.false(ipSetHas(set, ip('::10.1.2.3')));
});

test('all of IPv6 is not all of IPv4, nor the other way round', (t) => {
  const [v6, v4All] = [createIpSet([cidr('::/0')]), createIpSet([cidr('0.0.0.0/0')])];
  t.true(ipSetHas(v6, ip('2001:db8::1')));
  t.true(ipSetHas(v6, ip('::fffe:ffff:ffff')));
  t.true(ipSetHas(v6, ip('::1:0:0:0')));
  t.false(ipSetHas(v6, ip('192.0.2.1')));
  t.false(ipSetHas(v6, ip('::ffff:192.0.2.1')));
  t.true(ipSetHas(v4All, ip('192.0.2.1')));
  t.false(ipSetHas(v4All, ip('2001:db8::1')));
  t.true(ipSetCovers(v6, cidr('::/0')));
  t.false(ipSetCovers(v6, cidr('0.0.0.0/0')));
});

test('what has neither 4 nor 16 bytes is in no set', (t) => {
  const set = createIpSet([cidr('::/0'), cidr('0.0.0.0/0')]);
  for (const length of [0, 3, 5, 15, 17]) t.false(ipSetHas(set, new Uint8Array(length)), String(length));
});
