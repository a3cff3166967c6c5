/**
 * Why bytes that begin like a header are not one, with a sentence for each code. Codes are permanent: they are metric
 * labels and log fields.
 */
export const INVALID_CODES = {
  v1_not_expected: 'a v1 header, but v1 is not configured',
  v1_separator: 'exactly one space is expected between the parts of a v1 line',
  v1_protocol: 'the protocol of a v1 line is TCP4, TCP6 or UNKNOWN',
  v1_address: 'not an address of the announced family in strict text',
  v1_port: 'not a decimal port from 0 to 65535 without leading zeros',
  v1_line_end: 'a v1 line ends with CR LF after its last part, and has no other CR or LF',
  v1_too_long: 'a v1 line has at most 107 bytes with its CR LF',
  v2_not_expected: 'a v2 header, but v2 is not configured',
  v2_version: 'the version nibble is not 2',
  v2_command: 'the command is neither LOCAL nor PROXY',
  v2_family: 'the address family is not assigned',
  v2_transport: 'the transport is not assigned',
  v2_too_large: 'the header is longer than the configured limit',
  v2_short_block: 'the block is shorter than its address family needs',
  v2_tlv_overrun: 'a TLV runs past the end of the block, or stray bytes follow the last one',
  v2_unique_id: 'a UNIQUE_ID has more than 128 bytes',
  v2_crc32c: 'the CRC32C is wrong, is not 4 bytes long, or occurs twice',
} as const;

export type InvalidCode = keyof typeof INVALID_CODES;
