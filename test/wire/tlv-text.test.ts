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
  ['an AWS endpoint with an escape sequence', TLV.AWS_VPC_ENDPOINT, '01767063652d1b5b', 'vpce-\\x1b['],
  ['a value of 0xEA that names no endpoint', TLV.AWS_VPC_ENDPOINT, '011b5b', undefined],
  ['a word at 0xEA', TLV.AWS_VPC_ENDPOINT, '656467652d31', 'edge-1'],
  ['a word at 0xE0', TLV.GCP_PSC_CONNECTION, '656467652d31', 'edge-1'],
  ['a word at 0xEE', TLV.AZURE_PRIVATE_LINK, '656467652d31', 'edge-1'],
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
  ['an endpoint of Herald', TLV.HERALD_ENDPOINT, '686572616c64010a0100050050', '10.1.0.5:80'],
  [
    'an IPv6 endpoint of Herald',
    TLV.HERALD_ENDPOINT,
    '686572616c640120010db8000000000000000000000007ffff',
    '[2001:db8::7]:65535',
  ],
  ['an endpoint of a later form', TLV.HERALD_ENDPOINT, '686572616c64020a0100050050', undefined],
  ['a word at 0xE7', TLV.HERALD_ENDPOINT, '656467652d31', 'edge-1'],
  ['UNIQUE_ID, which is opaque,', TLV.UNIQUE_ID, '616263', undefined],
  ['CRC32C', TLV.CRC32C, '61626364', undefined],
  ['NOOP', TLV.NOOP, '61', undefined],
  ['SSL', TLV.SSL, '0100000000', undefined],
  ['a letter of an unknown type', 0x50, '61', 'a'],
  [
    'an identity of Istio',
    0xd0,
    Buffer.from('spiffe://cluster.local/ns/a/sa/b').toString('hex'),
    'spiffe://cluster.local/ns/a/sa/b',
  ],
  ['a token', 0xe4, Buffer.from('eyJhbGciOi').toString('hex'), 'eyJhbGciOi'],
  ['a string of C', 0xe5, '656467652d3100', 'edge-1\\x00'],
  ['a line', 0xe5, '656467652d310d0a', 'edge-1\\x0d\\x0a'],
  ['a word with a backslash', 0xff, '615c62', 'a\\\\b'],
  ['a word with an override of its direction', 0xff, '61e280ae62', 'a\\u{202e}b'],
  ['a word beyond ASCII', 0x51, '62c3bc63686572', 'b\u00fccher'],
  ['an empty value of an unknown type', 0x50, '', undefined],
  ['blanks alone', 0x50, '2020', undefined],
  ['a NUL alone', 0x50, '00', undefined],
  ['an escape sequence', 0xe5, '1b5b324a', undefined],
  ['a word with a NUL inside', 0xe5, '610062', undefined],
  ['what is no UTF-8', 0xe5, '61ff62', undefined],
  ['a control character of C1', 0xe5, '61c28562', undefined],
] as const) {
  test(`${name} ${expected === undefined ? 'has no text' : `is shown as ${JSON.stringify(expected)}`}`, (t) => {
    // At an offset of a larger buffer, because a value is a view.
    t.is(tlvText(type, Buffer.from(`ffff${hex}`, 'hex').subarray(2)), expected);
  });
}

test('a text has at most 256 characters', (t) => {
  t.is(tlvText(TLV.AUTHORITY, Buffer.alloc(256, 'a')), 'a'.repeat(256));
  t.is(tlvText(TLV.AUTHORITY, Buffer.alloc(257, 'a')), `${'a'.repeat(255)}\u2026`);
  t.is(tlvText(TLV.AWS_VPC_ENDPOINT, Buffer.from(`\x01vpce-${'a'.repeat(65000)}`))?.length, 256);
  t.is(tlvText(0xe5, Buffer.alloc(65535, 'a')), `${'a'.repeat(255)}\u2026`);
});
