import test from 'ava';
import { scanIpv6 } from '../../src/address/ipv6.ts';

const out = new Uint8Array(20);

function scan(text: string): number {
  out.fill(0xee);
  return scanIpv6(Buffer.from(text, 'latin1'), 0, text.length, out, 2);
}

test('a space ends an address of IPv6, and its offset is returned', (t) => {
  t.is(scan('1::2 x'), 4);
  t.deepEqual([...out], [0xee, 0xee, 0, 1, ...new Array(12).fill(0), 0, 2, 0xee, 0xee]);
  t.is(scan('::ffff:192.0.2.1 '), 16);
  t.deepEqual([...out.subarray(2, 18)], [...new Array(10).fill(0), 0xff, 0xff, 192, 0, 2, 1]);
});

test('a text that runs out is no refusal while an address of IPv6 may still come', (t) => {
  for (const text of [
    '',
    ':',
    '::',
    '1',
    '1:',
    '1::',
    'ffff',
    '1:2:3:4:5:6:7:',
    '1:2:3:4:5:6:7:8',
    '::1.2.',
    '::1.2.3.4',
  ]) {
    t.is(scan(text), text.length, text);
  }
});

test('the first byte that an address of IPv6 cannot have is named', (t) => {
  for (const [text, at] of [
    [' ', 0],
    [':1', 1],
    [': ', 1],
    [':::', 2],
    ['1:::', 3],
    ['1::2::', 5],
    ['12345', 4],
    ['g', 0],
    ['1 ', 1],
    ['1: ', 2],
    ['1::2: ', 5],
    ['1:2:3:4:5:6:7 ', 13],
    ['1:2:3:4:5:6:7:8:', 15],
    ['1:2:3:4:5:6:7::8', 15],
    ['::1:2:3:4:5:6:7:', 15],
    ['::.', 2],
    ['1.', 1],
    ['::a.', 3],
    ['::00.', 4],
    ['::256.', 5],
    ['::1.2.3 ', 7],
    ['::1.2.3.4.', 9],
    ['::1.2.3.4:', 9],
    ['1:2:3:4:5:6:7:1.', 15],
    ['1:2:3:4:5:1.', 11],
    ['::1:2:3:4:5:6:1.', 15],
    ['1::%', 3],
  ] as const) {
    t.is(scan(text), ~at, text);
  }
});
