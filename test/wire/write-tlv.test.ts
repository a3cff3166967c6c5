import test from 'ava';
import { parseHeader } from '../../src/wire/index.ts';
import { CRC32C_TLV_BYTES, sealCrc32c, writeTlv } from '../../src/wire/write-tlv.ts';
import { writeV2Unspec } from '../../src/wire/write-v2.ts';
import { bitwiseCrc32c } from './reference-parser.ts';

test('a TLV is type, length, value', (t) => {
  const target = Buffer.alloc(300, 0xee);
  t.is(writeTlv(target, 2, 0xe4, Buffer.from('edge-1')), 9);
  t.is(target.toString('hex', 0, 13), 'eeeee40006656467652d31eeee');
  t.is(writeTlv(target, 0, 4, new Uint8Array(258)), 261);
  t.is(target.toString('hex', 0, 3), '040102');
  t.is(writeTlv(target, 0, 4, new Uint8Array(0)), 3);
});

test('a sealed header is accepted, wherever it stands and whatever was in the field', (t) => {
  const target = Buffer.alloc(100, 0xee);
  const start = 11;
  let at = start + writeV2Unspec(target, start, CRC32C_TLV_BYTES + 5);
  const crcValueAt = at + 3;
  at += writeTlv(target, at, 3, Uint8Array.of(1, 2, 3, 4));
  at += writeTlv(target, at, 1, Buffer.from('h2'));
  sealCrc32c(target, start, crcValueAt, at);
  const header = target.subarray(start, at);
  t.is(header.toString('hex', 16, 19), '030004');
  t.is(header.toString('hex', 23), '0100026832');
  t.is(parseHeader(header).status, 'header');
  const expected = bitwiseCrc32c(Buffer.from(header).fill(0, crcValueAt - start, crcValueAt - start + 4));
  t.is(target.readUInt32BE(crcValueAt), expected);
  t.deepEqual([target[start - 1], target[at]], [0xee, 0xee]);
});
