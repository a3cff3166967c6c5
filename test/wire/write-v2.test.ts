import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import {
  V2_INET_BYTES,
  V2_INET6_BYTES,
  writeV2,
  writeV2Local,
  writeV2Unix,
  writeV2Unspec,
} from '../../src/wire/write-v2.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const ip = (text: string) => parseIp(text)!;

/** The bytes that a writer wrote, as hexadecimal: exactly as many as it says, and none beside them. */
function written(write: (target: Uint8Array, at: number) => number): string {
  const hex = [0x00, 0xff].map((fill) => {
    const target = Buffer.alloc(300, fill);
    const length = write(target, 5);
    const beside = [...target.subarray(0, 5), ...target.subarray(5 + length)];
    return beside.every((byte) => byte === fill)
      ? target.toString('hex', 5, 5 + length)
      : 'touched what it must not';
  });
  return hex[0] === hex[1] ? hex[0]! : 'left bytes as they were';
}

test('IPv4: signature, 0x21, 0x11, length, addresses, ports', (t) => {
  const hex = written((target, at) => writeV2(target, at, ip('1.2.3.4'), 0x1234, ip('5.6.7.8'), 0xfedc, 0));
  t.is(hex, `${SIGNATURE}2111000c01020304050607081234fedc`);
  t.is(hex.length / 2, V2_INET_BYTES);
});

test('IPv6: signature, 0x21, 0x21, length, addresses, ports', (t) => {
  const [source, destination] = ['000102030405060708090a0b0c0d0e0f', 'f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff'];
  const [from, to] = [Buffer.from(source, 'hex'), Buffer.from(destination, 'hex')];
  const hex = written((target, at) => writeV2(target, at, from, 1, to, 65535, 0));
  t.is(hex, `${SIGNATURE}21210024${source}${destination}0001ffff`);
  t.is(hex.length / 2, V2_INET6_BYTES);
});

test('mixed families are both promoted to IPv6', (t) => {
  const [v4, v6] = [ip('192.0.2.1'), ip('2001:db8::1')];
  const [hex4, hex6] = ['00000000000000000000ffffc0000201', '20010db8000000000000000000000001'];
  t.is(
    written((target, at) => writeV2(target, at, v4, 1, v6, 2, 0)),
    `${SIGNATURE}21210024${hex4}${hex6}00010002`,
  );
  t.is(
    written((target, at) => writeV2(target, at, v6, 1, v4, 2, 0)),
    `${SIGNATURE}21210024${hex6}${hex4}00010002`,
  );
});

test('the length counts the TLVs that the caller writes', (t) => {
  const length = (tlvBytes: number) =>
    written((target, at) => writeV2(target, at, ip('1.2.3.4'), 0, ip('1.2.3.4'), 0, tlvBytes)).slice(28, 32);
  t.is(length(0), '000c');
  t.is(length(243), '00ff');
  t.is(length(244), '0100');
  t.is(length(65535 - 12), 'ffff');
  t.is(
    written((target, at) => writeV2(target, at, ip('::1'), 0, ip('::1'), 0, 0x0700)).slice(28, 32),
    '0724',
  );
});

test('LOCAL has length 0, UNSPEC that of its TLVs', (t) => {
  t.is(
    written((target, at) => writeV2Local(target, at)),
    `${SIGNATURE}20000000`,
  );
  t.is(
    written((target, at) => writeV2Local(target, at, 7)),
    `${SIGNATURE}20000007`,
  );
  t.is(
    written((target, at) => writeV2Unspec(target, at, 0)),
    `${SIGNATURE}21000000`,
  );
  t.is(
    written((target, at) => writeV2Unspec(target, at, 0x0123)),
    `${SIGNATURE}21000123`,
  );
});

test('paths are filled up with NULs', (t) => {
  const [source, destination] = [Buffer.from('/a'), Buffer.alloc(108, 'b')];
  const hex = written((target, at) => writeV2Unix(target, at, source, destination, 1));
  t.is(hex, `${SIGNATURE}213100d9${'2f61'.padEnd(216, '0')}${'62'.repeat(108)}`);
});

test('a plain Uint8Array is written to as a Buffer is', (t) => {
  const [plain, buffer] = [new Uint8Array(60), Buffer.alloc(60)];
  for (const target of [plain, buffer]) writeV2(target, 0, ip('192.0.2.1'), 1, ip('2001:db8::1'), 2, 0);
  t.deepEqual(plain, new Uint8Array(buffer));
});
