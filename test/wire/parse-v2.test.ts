import test from 'ava';
import { parseHeader } from '../../src/wire/index.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';

/** A block long enough for every family, and TLVs (of type 0, empty) wherever they begin. */
const BLOCK = Buffer.alloc(216 + 3 * 4);

function header(command: number, family: number, block: Uint8Array = BLOCK): Buffer {
  const fixed = Buffer.from([command, family, block.length >> 8, block.length & 0xff]);
  return Buffer.concat([Buffer.from(SIGNATURE, 'hex'), fixed, block]);
}

test('of all values of byte 12 only 0x20 and 0x21 are accepted', (t) => {
  for (let byte = 0; byte < 256; byte++) {
    const result = parseHeader(header(byte, 0x11));
    if (byte === 0x20 || byte === 0x21) t.is(result.status, 'header');
    else
      t.deepEqual(result, { status: 'invalid', code: byte >> 4 === 2 ? 'v2_command' : 'v2_version', at: 12 });
  }
});

test('of all values of byte 13 PROXY accepts families 0 to 3 with transports 0 to 2', (t) => {
  let accepted = 0;
  for (let byte = 0; byte < 256; byte++) {
    const [family, transport] = [byte >> 4, byte & 15];
    const result = parseHeader(header(0x21, byte));
    if (family > 3) t.deepEqual(result, { status: 'invalid', code: 'v2_family', at: 13 });
    else if (transport > 2) t.deepEqual(result, { status: 'invalid', code: 'v2_transport', at: 13 });
    else {
      if (result.status !== 'header') return t.fail(`${byte}: ${result.status}`);
      accepted++;
      t.is(result.header.family, (['UNSPEC', 'INET', 'INET6', 'UNIX'] as const)[family]!);
      t.is(result.header.transport, (['UNSPEC', 'STREAM', 'DGRAM'] as const)[transport]!);
      t.is(result.header.addressAt, family === 0 || transport === 0 ? -1 : 16);
      t.is(result.header.addressLength, family === 0 || transport === 0 ? 0 : [0, 4, 16, 108][family]!);
      t.is(result.header.tlvAt, 16 + [0, 12, 36, 216][family]!);
    }
  }
  return t.is(accepted, 12);
});

test('LOCAL accepts all values of byte 13, and reads none', (t) => {
  for (let byte = 0; byte < 256; byte++) {
    const result = parseHeader(header(0x20, byte));
    if (result.status !== 'header') return t.fail(`${byte}: ${result.status}`);
    t.like(result.header, {
      command: 'LOCAL',
      family: 'UNSPEC',
      transport: 'UNSPEC',
      addressAt: -1,
      tlvAt: 16,
    });
  }
  return t.is(parseHeader(header(0x20, 0xff, Buffer.alloc(0))).status, 'header');
});

test("a block is long enough from its family's length on, for every length around it", (t) => {
  for (const [family, least] of [
    [0x11, 12],
    [0x12, 12],
    [0x10, 12],
    [0x21, 36],
    [0x20, 36],
    [0x31, 216],
    [0x32, 216],
    [0x00, 0],
  ] as const) {
    for (let length = 0; length <= least; length++) {
      const result = parseHeader(header(0x21, family, Buffer.alloc(length)));
      t.is(result.status, length < least ? 'invalid' : 'header', `${family} ${length}`);
    }
  }
});

test('ports are read only where a header has some', (t) => {
  const block = Buffer.alloc(216 + 3 * 4, 0);
  block.writeUInt32BE(0x01020304, 8);
  block.writeUInt32BE(0x05060708, 32);
  for (const [command, family, ports] of [
    [0x21, 0x11, [0x0102, 0x0304]],
    [0x21, 0x12, [0x0102, 0x0304]],
    [0x21, 0x21, [0x0506, 0x0708]],
    [0x21, 0x10, [0, 0]],
    [0x21, 0x20, [0, 0]],
    [0x21, 0x31, [0, 0]],
    [0x20, 0x11, [0, 0]],
  ] as const) {
    // One TLV of type 0 fills the block after the addresses.
    const tlvAt = command === 0x20 ? 0 : [0, 12, 36, 216][family >> 4]!;
    const bytes = header(command, family, block);
    bytes.writeUInt16BE(block.length - tlvAt - 3, 16 + tlvAt + 1);
    const result = parseHeader(bytes);
    if (result.status !== 'header') return t.fail(`${family}: ${result.status}`);
    t.deepEqual([result.header.sourcePort, result.header.destinationPort], [...ports]);
  }
  return undefined;
});

test('every cap is kept to the byte, with the length alone', (t) => {
  for (const cap of [16, 17, 255, 271, 272, 536, 4096, 65550, 65551]) {
    for (const length of [cap - 16, cap - 15, 65535].filter((it) => it >= 0 && it <= 65535)) {
      const bytes = header(0x20, 0x00, Buffer.alloc(0));
      bytes.writeUInt16BE(length, 14);
      const result = parseHeader(bytes, { maxHeaderBytes: cap });
      const expected = 16 + length > cap ? 'invalid' : length === 0 ? 'header' : 'incomplete';
      t.is(result.status, expected, `${length} of ${cap}`);
      if (result.status === 'invalid')
        t.deepEqual(result, { status: 'invalid', code: 'v2_too_large', at: 14 });
    }
  }
});

test('a block that is not whole is not judged, only waited for', (t) => {
  const bytes = header(0x21, 0x00, Buffer.from('0300010003', 'hex'));
  t.deepEqual(parseHeader(bytes.subarray(0, -1)), { status: 'incomplete', need: 1 });
  t.deepEqual(parseHeader(bytes), { status: 'invalid', code: 'v2_crc32c', at: 16 });
});

test('a high length byte can decide exactly where the greatest one would break the cap', (t) => {
  const start = Buffer.from(`${SIGNATURE}2000`, 'hex');
  // 65296 = 16 + 0xff00, the least header with that high byte.
  for (const [maxHeaderBytes, need] of [
    [65295, 1],
    [65296, 2],
  ] as const) {
    t.deepEqual(parseHeader(start, { maxHeaderBytes }), { status: 'incomplete', need });
    const further = parseHeader(Buffer.concat([start, Buffer.of(0xff)]), { maxHeaderBytes });
    t.is(further.status, need === 1 ? 'invalid' : 'incomplete');
  }
});

test('a low length byte can decide exactly where the greatest one would break the cap', (t) => {
  const start = Buffer.from(`${SIGNATURE}200001`, 'hex');
  // 527 = 16 + 0x1ff. With a limit far away, `need` includes the smallest block of 256 bytes.
  t.deepEqual(parseHeader(start, { maxHeaderBytes: 526 }), { status: 'incomplete', need: 1 });
  t.deepEqual(parseHeader(start, { maxHeaderBytes: 527 }), { status: 'incomplete', need: 257 });
});
