import test from 'ava';
import { tlvs, tlvTypes } from '../../../src/config/values/tlvs.ts';
import { TLV } from '../../../src/wire/tlv.ts';
import { reads, refuses } from './reads.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);
const text = (value: string) => new TextEncoder().encode(value);

reads('TLVs', tlvs, [
  ['none', { pass: [], add: [] }],
  ['pass', { pass: 'all', add: [] }],
  [['pass', 'pass'], { pass: 'all', add: [] }],
  ['pass:0xEA', { pass: [0xea], add: [] }],
  ['pass:AUTHORITY,0xEA,32', { pass: [2, 0xea, 0x20], add: [] }],
  [['pass:1', 'pass:UNIQUE_ID'], { pass: [1, 5], add: [] }],
  ['0xE4=0aFF', { pass: [], add: [{ type: 0xe4, value: bytes(0x0a, 0xff) }] }],
  ['228=', { pass: [], add: [{ type: 0xe4, value: bytes() }] }],
  ['AUTHORITY=text:a,b=c', { pass: [], add: [{ type: 2, value: text('a,b=c') }] }],
  ['0xE4=text:', { pass: [], add: [{ type: 0xe4, value: bytes() }] }],
  ['0xE4=text:é', { pass: [], add: [{ type: 0xe4, value: bytes(0xc3, 0xa9) }] }],
  [
    ['0xE5=01', 'pass', '0xE4=02', '0xE5=03'],
    {
      pass: 'all',
      add: [
        { type: 0xe5, value: bytes(1) },
        { type: 0xe4, value: bytes(2) },
        { type: 0xe5, value: bytes(3) },
      ],
    },
  ],
]);

const HEX = 'pairs of hexadecimal digits, or text:… after the =';
const CHECKSUM = 'the checksum is computed: use --crc32c (crc32c: true in a file)';
const TYPES = `a TLV type: 0x00 to 0xFF, 0 to 255, or one of ${Object.keys(TLV).join(', ')}`;

refuses('TLVs', tlvs, [
  ['', 'invalid_tlv', 'pass, pass:TYPE,…, TYPE=HEX or TYPE=text:…'],
  ['0xE4', 'invalid_tlv'],
  ['all', 'invalid_tlv'],
  ['pass:', 'unknown_tlv_type', TYPES],
  ['pass:0xEA,', 'unknown_tlv_type', TYPES],
  ['0x1E4=00', 'unknown_tlv_type', TYPES],
  ['=00', 'unknown_tlv_type', TYPES],
  ['0xE4=0', 'invalid_tlv_value', HEX],
  ['0xE4=0g', 'invalid_tlv_value', HEX],
  ['0xE4=0x00', 'invalid_tlv_value', HEX],
  ['0xE4=hello', 'invalid_tlv_value', HEX],
  ['CRC32C=00000000', 'computed_tlv', CHECKSUM],
  ['3=00', 'computed_tlv', CHECKSUM],
  ['pass:CRC32C', 'computed_tlv', CHECKSUM],
  [
    '0x05=00',
    'computed_tlv',
    'the id is generated for each session: use --unique-id (uniqueId: true in a file)',
  ],
  [['pass', 'pass:0xEA'], 'contradictory_pass', 'pass or pass:TYPE,…, not both'],
  [['pass', 'none'], 'invalid_tlv'],
]);

test('every value that is wrong is named', (t) => {
  const parsed = tlvs.parse(['a', 'pass', '0x05=']);
  t.deepEqual('refusals' in parsed && parsed.refusals.map(({ got }) => got), ['"a"', '"0x05="']);
});

reads('TLV types', tlvTypes, [
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

const EXPECTED = `a TLV type: 0x00 to 0xFF, 0 to 255, or one of ${Object.keys(TLV).join(', ')}`;

refuses('TLV types', tlvTypes, [
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
