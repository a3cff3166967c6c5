import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import { isV4Mapped, unmapped } from '../../src/address/v4-mapped.ts';

const ip = (text: string) => parseIp(text)!;

test('only ::ffff:0:0/96 is v4-mapped', (t) => {
  for (const text of ['::ffff:192.0.2.1', '::ffff:0.0.0.0', '::ffff:255.255.255.255'])
    t.true(isV4Mapped(ip(text)), text);
  for (const text of [
    '::192.0.2.1',
    '::fffe:192.0.2.1',
    '::1:ffff:192.0.2.1',
    '64:ff9b::c000:201',
    '8000::ffff:1:1',
    '::',
    '192.0.2.1',
  ]) {
    t.false(isV4Mapped(ip(text)), text);
  }
});

test('a v4-mapped address is found where it stands in a buffer, whole', (t) => {
  const bytes = Buffer.concat([Buffer.alloc(3, 9), ip('::ffff:192.0.2.1')]);
  t.true(isV4Mapped(bytes, 3));
  t.false(isV4Mapped(bytes, 2));
  t.false(isV4Mapped(bytes.subarray(0, 18), 3));
});

test('a v4-mapped address becomes a view of its four bytes, any other stays', (t) => {
  const mapped = ip('::ffff:192.0.2.1');
  t.deepEqual(unmapped(mapped), ip('192.0.2.1'));
  t.is(unmapped(mapped).buffer, mapped.buffer);
  for (const text of ['192.0.2.1', '2001:db8::1']) {
    const bytes = ip(text);
    t.is(unmapped(bytes), bytes);
  }
});
