import test from 'ava';
import { tlvTypes } from '../../../src/config/values/tlv-types.ts';
import { TLV } from '../../../src/wire/tlv.ts';
import { reads, refuses } from './reads.ts';

reads(tlvTypes, [
  ['none', []],
  ['0xEA', [0xea]],
  ['0xea', [0xea]],
  ['0x4', [4]],
  ['0', [0]],
  ['234', [234]],
  ['255', [255]],
  ['AUTHORITY,0xEA', [2, 0xea]],
  [
    ['SSL', 'ALPN'],
    [0x20, 1],
  ],
]);

const EXPECTED = `a type of TLV: 0x00 to 0xFF, 0 to 255, or one of ${Object.keys(TLV).join(', ')}`;

refuses(tlvTypes, [
  ['', 'unknown_tlv_type', EXPECTED],
  ['256', 'unknown_tlv_type', EXPECTED],
  ['0x100', 'unknown_tlv_type', EXPECTED],
  ['0x', 'unknown_tlv_type', EXPECTED],
  ['-1', 'unknown_tlv_type', EXPECTED],
  ['01', 'unknown_tlv_type', EXPECTED],
  ['authority', 'unknown_tlv_type', EXPECTED],
  ['toString', 'unknown_tlv_type', EXPECTED],
  ['none,1', 'unknown_tlv_type', EXPECTED],
]);

test('every name of a TLV is a type', (t) => {
  const names = Object.entries(TLV);
  t.true(names.length > 8);
  for (const [name, type] of names) t.deepEqual(tlvTypes.parse([name]), { value: [type] });
});
