import test from 'ava';
import fc from 'fast-check';
import { parseCidr } from '../../src/address/cidr.ts';
import { formatIp, parseIp } from '../../src/address/ip.ts';
import { createIpSet, ipSetHas } from '../../src/address/ip-set.ts';
import { DialFrom } from '../../src/session/dial-from.ts';

const picker = (texts: readonly string[], random: () => number = () => 0.9) =>
  new DialFrom(
    texts.map((text) => parseCidr(text)!),
    random,
  );

const picks = (from: DialFrom, family: 4 | 16, count: number) =>
  Array.from({ length: count }, () => {
    const ip = from.pick(family);
    return ip === null ? null : formatIp(ip);
  });

test('without entries the kernel chooses', (t) => {
  t.deepEqual([picker([]).pick(4), picker([]).pick(16)], [null, null]);
});

test('addresses are taken in turn, each as often as the others', (t) => {
  const all = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];
  const taken = picks(picker(all), 4, 9);
  for (const [at, text] of taken.entries()) t.is(text, taken[at % 3]!);
  t.deepEqual(taken.slice(0, 3).sort(), all);
});

test('only entries of the family of the endpoint count, and each family has its own turn', (t) => {
  const from = picker(['192.0.2.1', '2001:db8::1', '192.0.2.2']);
  t.deepEqual(picks(from, 16, 2), ['2001:db8::1', '2001:db8::1']);
  const [first] = picks(from, 4, 1);
  from.pick(16);
  t.deepEqual([first, ...picks(from, 4, 1)].sort(), ['192.0.2.1', '192.0.2.2']);
  t.is(picker(['192.0.2.1']).pick(16), null);
  t.is(picker(['2001:db8::1']).pick(4), null);
});

test('each bit after the prefix of a CIDR is random, and none before it', (t) => {
  t.deepEqual(
    picks(
      picker(['10.1.2.0/28'], () => 0),
      4,
      1,
    ),
    ['10.1.2.15'],
  );
  t.deepEqual(
    picks(
      picker(['10.1.2.0/28'], () => 0.5),
      4,
      1,
    ),
    ['10.1.2.0'],
  );
  t.deepEqual(
    picks(
      picker(['10.1.2.0/31'], () => 0.499),
      4,
      1,
    ),
    ['10.1.2.1'],
  );
  t.deepEqual(
    picks(
      picker(['2001:db8::/126'], () => 0),
      16,
      1,
    ),
    ['2001:db8::3'],
  );
  t.deepEqual(
    picks(
      picker(['0.0.0.0/0'], () => 0),
      4,
      1,
    ),
    ['255.255.255.255'],
  );
  const bits = [0, 0.9, 0.9, 0];
  t.deepEqual(
    picks(
      picker(['10.1.2.0/28'], () => bits.shift()!),
      4,
      1,
    ),
    ['10.1.2.9'],
  );
});

test('all addresses of a small CIDR are picked, and no other', (t) => {
  const taken = new Set(picks(picker(['192.0.2.8/30'], Math.random), 4, 1000));
  t.deepEqual([...taken].sort(), ['192.0.2.10', '192.0.2.11', '192.0.2.8', '192.0.2.9']);
});

test('whatever the random numbers, an address is in the CIDR, which is not changed', (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.nat(32),
      fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
        minLength: 32,
        maxLength: 32,
      }),
      (base, prefix, chances) => {
        const cidr = parseCidr(`${formatIp(maskOf(base, prefix))}/${prefix}`)!;
        const before = cidr.ip.slice();
        const ip = new DialFrom([cidr], () => chances.pop()!).pick(4)!;
        t.true(ipSetHas(createIpSet([cidr]), ip));
        t.deepEqual(cidr.ip, before);
      },
    ),
  );
});

test('an address that was picked is the caller’s own', (t) => {
  const from = picker(['192.0.2.1']);
  from.pick(4)!.fill(0);
  t.deepEqual(from.pick(4), parseIp('192.0.2.1')!);
});

function maskOf(base: Uint8Array, prefix: number): Uint8Array {
  return base.map((byte, at) => byte & (0xff00 >> Math.min(Math.max(prefix - at * 8, 0), 8)));
}
