import test from 'ava';
import fc from 'fast-check';
import { parseIp } from '../../src/address/ip.ts';
import { writeV1, writeV1Unknown } from '../../src/wire/write-v1.ts';

const ip = (text: string) => parseIp(text)!;

function line(source: string, sourcePort: number, destination: string, destinationPort: number): string {
  const target = Buffer.alloc(150, 0xee);
  const length = writeV1(target, 3, ip(source), sourcePort, ip(destination), destinationPort);
  const touched = [...target.subarray(0, 3), ...target.subarray(3 + length)];
  return touched.every((byte) => byte === 0xee)
    ? target.toString('latin1', 3, 3 + length)
    : 'touched what it must not';
}

for (const [source, sourcePort, destination, destinationPort, expected] of [
  ['192.0.2.1', 56324, '198.51.100.9', 443, 'PROXY TCP4 192.0.2.1 198.51.100.9 56324 443\r\n'],
  ['0.0.0.0', 0, '255.255.255.255', 65535, 'PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n'],
  ['1.10.100.109', 9, '99.9.0.200', 10, 'PROXY TCP4 1.10.100.109 99.9.0.200 9 10\r\n'],
  ['::1', 1, '::', 10000, 'PROXY TCP6 ::1 :: 1 10000\r\n'],
  ['2001:db8::1', 99, '2001:db8:0:1:1:1:1:1', 100, 'PROXY TCP6 2001:db8::1 2001:db8:0:1:1:1:1:1 99 100\r\n'],
  ['2001:db8::1', 1, '127.0.0.1', 2, 'PROXY TCP6 2001:db8::1 ::ffff:7f00:1 1 2\r\n'],
  ['127.0.0.1', 1, '2001:db8::1', 2, 'PROXY TCP6 ::ffff:7f00:1 2001:db8::1 1 2\r\n'],
  ['::ffff:127.0.0.1', 1, '::ffff:10.0.0.1', 2, 'PROXY TCP6 ::ffff:7f00:1 ::ffff:a00:1 1 2\r\n'],
] as const) {
  test(`${source} to ${destination} is written as ${JSON.stringify(expected)}`, (t) => {
    t.is(line(source, sourcePort, destination, destinationPort), expected);
  });
}

test('every port is written in decimal', (t) => {
  for (let port = 0; port <= 65535; port++) {
    const target = Buffer.alloc(64);
    const length = writeV1(target, 0, ip('1.2.3.4'), port, ip('5.6.7.8'), 65535 - port);
    if (target.toString('latin1', 0, length) !== `PROXY TCP4 1.2.3.4 5.6.7.8 ${port} ${65535 - port}\r\n`)
      t.fail(`${port}`);
  }
  t.pass();
});

test('no line is longer than 104 bytes', (t) => {
  const F = 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff';
  t.is(line(F, 65535, F, 65535).length, 104);
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(fc.property(address, address, (a, b) => line(a, 65535, b, 65535).length <= 104));
});

test('UNKNOWN has 15 bytes', (t) => {
  const target = Buffer.alloc(20, 0xee);
  t.is(writeV1Unknown(target, 2), 15);
  t.is(target.toString('latin1', 2, 17), 'PROXY UNKNOWN\r\n');
  t.deepEqual([target[1], target[17]], [0xee, 0xee]);
});
