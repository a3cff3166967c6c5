import test from 'ava';
import { TLV } from '../../src/wire/tlv.ts';
import { tlvText } from '../../src/wire/tlv-text.ts';

for (const [name, type, hex, expected] of [
  ['ALPN', TLV.ALPN, '6832', 'h2'],
  ['AUTHORITY', TLV.AUTHORITY, '62c3bc636865722e6465', 'b\u00fccher.de'],
  ['an empty AUTHORITY', TLV.AUTHORITY, '', ''],
  ['AUTHORITY with a newline', TLV.AUTHORITY, '610a62', 'a\\x0ab'],
  ['NETNS', TLV.NETNS, '626c7565', 'blue'],
  ['an AWS endpoint', TLV.AWS_VPC_ENDPOINT, '01767063652d31', 'vpce-1'],
  ['an AWS endpoint with an escape sequence', TLV.AWS_VPC_ENDPOINT, '011b5b', '\\x1b['],
  ['an AWS value of another subtype', TLV.AWS_VPC_ENDPOINT, '02767063652d31', undefined],
  ['an empty AWS value', TLV.AWS_VPC_ENDPOINT, '', undefined],
  ['a Google connection', TLV.GCP_PSC_CONNECTION, '0000000100000000', '4294967296'],
  ['a Google connection beyond 2^53', TLV.GCP_PSC_CONNECTION, '8000000000000001', '9223372036854775809'],
  ['a short Google value', TLV.GCP_PSC_CONNECTION, '00000001000000', undefined],
  ['a long Google value', TLV.GCP_PSC_CONNECTION, '000000010000000000', undefined],
  ['an Azure link', TLV.AZURE_PRIVATE_LINK, '0101000080', '2147483649'],
  ['an Azure value of another subtype', TLV.AZURE_PRIVATE_LINK, '0001000080', undefined],
  ['a short Azure value', TLV.AZURE_PRIVATE_LINK, '01010000', undefined],
  ['a long Azure value', TLV.AZURE_PRIVATE_LINK, '010100008000', undefined],
  ['UNIQUE_ID, which is opaque,', TLV.UNIQUE_ID, '616263', undefined],
  ['CRC32C', TLV.CRC32C, '61626364', undefined],
  ['NOOP', TLV.NOOP, '61', undefined],
  ['SSL', TLV.SSL, '0100000000', undefined],
  ['an unknown type', 0x50, '61', undefined],
] as const) {
  test(`${name} ${expected === undefined ? 'has no text' : `is shown as ${JSON.stringify(expected)}`}`, (t) => {
    // Behind other bytes of a buffer, for a value is a view.
    t.is(tlvText(type, Buffer.from(`ffff${hex}`, 'hex').subarray(2)), expected);
  });
}

test('a text has at most 256 characters', (t) => {
  t.is(tlvText(TLV.AUTHORITY, Buffer.alloc(256, 'a')), 'a'.repeat(256));
  t.is(tlvText(TLV.AUTHORITY, Buffer.alloc(257, 'a')), `${'a'.repeat(255)}\u2026`);
  t.is(tlvText(TLV.AWS_VPC_ENDPOINT, Buffer.alloc(65000, 1))?.length, 253);
});
