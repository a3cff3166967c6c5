import test from 'ava';
import fc from 'fast-check';
import { formatIp } from '../../src/address/ip.ts';
import { endpointTlvBytes, readEndpointTlv, writeEndpointTlv } from '../../src/wire/endpoint-tlv.ts';
import type { Header } from '../../src/wire/header.ts';
import { formatHeader, parseHeader } from '../../src/wire/index.ts';
import { readTlvs, TLV } from '../../src/wire/tlv.ts';

function headerWith(values: readonly Uint8Array[], type: number = TLV.HERALD_ENDPOINT): Header {
  const tlvs = values.map((value) => ({ type, value }));
  const result = parseHeader(formatHeader({ version: 2, tlvs }), { maxHeaderBytes: 65_551 });
  if (result.status !== 'header') throw new Error(result.status);
  return result.header;
}

/** The value as a sentence of bytes, written without the code under test. */
function bytesOf(ip: Uint8Array, port: number): Uint8Array {
  return Buffer.concat([Buffer.from('herald'), Buffer.of(1), ip, Buffer.of(port >> 8, port & 0xff)]);
}

const ip = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
);
const port = fc.nat(65_535);

/** What a value names, by the text of its form alone. */
function oracle(value: Uint8Array): { readonly ip: string; readonly port: number } | 'malformed' {
  const form = /^herald\x01((?:.{4}|.{16}))(..)$/s.exec(Buffer.from(value).toString('latin1'));
  if (form === null) return 'malformed';
  const [, address, number] = form.map((part) => Buffer.from(part, 'latin1'));
  return { ip: formatIp(address!), port: number!.readUInt16BE() };
}

function read(header: Header): unknown {
  const named = readEndpointTlv(header);
  return typeof named === 'string' ? named : { ip: formatIp(named.ip), port: named.port };
}

test('an endpoint is written as one TLV, and reads back', (t) => {
  fc.assert(
    fc.property(ip, port, fc.nat(40), (address, number, at) => {
      const target = Buffer.alloc(at + 40, 0xaa);
      const written = writeEndpointTlv(target, at, { ip: address, port: number });
      const value = bytesOf(address, number);
      t.is(written, endpointTlvBytes(address));
      t.deepEqual(
        target.subarray(at, at + written),
        Buffer.concat([Buffer.of(0xe7, 0, value.length), value]),
      );
      t.true(target.subarray(at + written).every((byte) => byte === 0xaa));
      t.deepEqual(read(headerWith([value])), { ip: formatIp(address), port: number });
    }),
  );
});

test('a value is read if it has the form exactly, and any other is malformed', (t) => {
  const near = fc
    .tuple(ip, port, fc.nat(30), fc.nat(255), fc.integer({ min: -3, max: 3 }))
    .map(([address, number, at, byte, more]) => {
      const value = Buffer.from(bytesOf(address, number));
      if (at < value.length) value[at] = byte;
      return more < 0 ? value.subarray(0, more) : Buffer.concat([value, Buffer.alloc(more, byte)]);
    });
  fc.assert(
    fc.property(fc.oneof(near, fc.uint8Array({ maxLength: 30 })), (value) => {
      t.deepEqual(read(headerWith([value])), oracle(value));
    }),
    { numRuns: 1000 },
  );
});

test('the first of several answers, whether it is well formed or not', (t) => {
  const [first, second] = [bytesOf(Uint8Array.of(10, 1, 0, 5), 80), bytesOf(Uint8Array.of(10, 1, 0, 6), 81)];
  t.deepEqual(read(headerWith([first, second])), { ip: '10.1.0.5', port: 80 });
  t.is(read(headerWith([Uint8Array.of(1), second])), 'malformed');
});

test('a header without the TLV names nothing', (t) => {
  t.is(read(headerWith([])), 'absent');
  t.is(read(headerWith([bytesOf(Uint8Array.of(10, 1, 0, 5), 80)], 0xe6)), 'absent');
});

test('the address is a view, and the TLV stands among the others', (t) => {
  const header = headerWith([bytesOf(Uint8Array.of(10, 1, 0, 5), 80)]);
  const named = readEndpointTlv(header);
  if (typeof named === 'string') throw new Error(named);
  t.is(named.ip.buffer, header.bytes.buffer);
  t.is(readTlvs(header).length, 1);
});
