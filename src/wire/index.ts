// The public codec: bytes ↔ values of the PROXY protocol, v1 and v2. It does no I/O and loads no other part of Herald.

export { crc32c } from './crc32c.ts';
export { escapeText } from './escape-text.ts';
export type { HeaderDescription, TlvDescription } from './format-header.ts';
export { formatHeader } from './format-header.ts';
export type {
  Absent,
  Command,
  Family,
  Header,
  Incomplete,
  Invalid,
  Parsed,
  ParseResult,
  Transport,
} from './header.ts';
export type { InetAddress, UnixAddress } from './header-address.ts';
export { destinationOf, sourceOf } from './header-address.ts';
export type { InvalidCode } from './invalid-code.ts';
export { INVALID_CODES } from './invalid-code.ts';
export type { ParseOptions } from './parse-header.ts';
export { parseHeader } from './parse-header.ts';
export { MAX_V1_BYTES } from './parse-v1.ts';
export { DEFAULT_MAX_HEADER_BYTES } from './parse-v2.ts';
export type { SslFacts } from './ssl.ts';
export { parseSsl, SSL_TLV } from './ssl.ts';
export type { Tlv } from './tlv.ts';
export { findTlv, readTlvs, TLV, tlvName } from './tlv.ts';
export { tlvText } from './tlv-text.ts';
export { CRC32C_TLV_BYTES, sealCrc32c, writeTlv } from './write-tlv.ts';
export { writeV1, writeV1Unknown } from './write-v1.ts';
export { V2_INET_BYTES, V2_INET6_BYTES, writeV2, writeV2Local, writeV2Unspec } from './write-v2.ts';
