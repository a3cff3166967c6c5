import test from 'ava';
import { scanIpv4 } from '../../src/address/ipv4.ts';

const out = new Uint8Array(8);

function scan(text: string, at = 0): number {
  return scanIpv4(Buffer.from(text, 'latin1'), at, text.length, out, 2);
}

test('a space ends an address of IPv4, and its offset is returned', (t) => {
  t.is(scan('192.0.2.1 x'), 9);
  t.deepEqual([...out.subarray(2, 6)], [192, 0, 2, 1]);
  t.is(scan('x 0.0.0.0 ', 2), 9);
});

test('a text that runs out is no refusal while an address of IPv4 may still come', (t) => {
  for (const text of ['', '1', '1.', '255.255.255.255', '0.0.0.0']) t.is(scan(text), text.length, text);
});

test('the first byte that an address of IPv4 cannot have is named', (t) => {
  for (const [text, at] of [
    [' ', 0],
    ['.', 0],
    ['a', 0],
    ['1 ', 1],
    ['01', 1],
    ['00', 1],
    ['256', 2],
    ['1..', 2],
    ['1.2.3 ', 5],
    ['1.2.3.4.', 7],
    ['1.2.3. ', 6],
    ['1.2.3.4\r', 7],
  ] as const) {
    t.is(scan(text), ~at, text);
  }
});
