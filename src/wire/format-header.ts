import type { CheckedAddresses } from './check-addresses.ts';
import { checkAddresses } from './check-addresses.ts';
import { MAX_UNIQUE_ID_BYTES } from './check-tlvs.ts';
import type { Command } from './header.ts';
import type { InetAddress, UnixAddress } from './header-address.ts';
import { MAX_V1_BYTES } from './parse-v1.ts';
import { TLV, type Tlv } from './tlv.ts';
import { CRC32C_TLV_BYTES, sealCrc32c, writeTlv } from './write-tlv.ts';
import { writeV1, writeV1Unknown } from './write-v1.ts';
import { writeV2, writeV2Local, writeV2Unix, writeV2Unspec } from './write-v2.ts';

/** What to write. Without addresses the header is UNKNOWN in v1 and UNSPEC in v2. */
export interface HeaderDescription {
  readonly version: 1 | 2;
  /** Default `PROXY`. `LOCAL` exists in v2 only and has no addresses. */
  readonly command?: Command;
  /** Both or neither. If the families of two IP addresses differ, both are written as IPv6. */
  readonly source?: InetAddress | UnixAddress | null;
  readonly destination?: InetAddress | UnixAddress | null;
  /** Default `STREAM`, the only one in v1. */
  readonly transport?: 'STREAM' | 'DGRAM';
  /** Written in this order; a string is written as UTF-8. v2 only. */
  readonly tlvs?: readonly TlvDescription[];
  /** Adds a CRC32C of the whole header after the other TLVs. v2 only. */
  readonly crc32c?: boolean;
}

export interface TlvDescription {
  readonly type: number;
  readonly value: Uint8Array | string;
}

/** 232 = 16 + 2·108: the longest header without TLVs, a UNIX one. */
const MAX_FIXED_BYTES = 232;
/** 65551 = 16 + 65535, the largest length of 16 bits. */
const MAX_V2_BYTES = 65551;
/** 65532 = 65535 of length − 3 of the TLV's own type and length. */
const MAX_VALUE_BYTES = 65532;

/**
 * Description → the bytes of the header; `parseHeader` is the inverse. Throws a TypeError or RangeError if no header can
 * carry the description: that is a bug of the caller, never the effect of remote input.
 */
export function formatHeader(description: HeaderDescription): Uint8Array {
  const addresses = checkAddresses(description.source, description.destination);
  if (description.version === 1) return formatV1(description, addresses);
  if (description.version === 2) return formatV2(description, addresses);
  throw new RangeError(`version must be 1 or 2, got ${String(description.version)}`);
}

function formatV1(description: HeaderDescription, addresses: CheckedAddresses): Uint8Array {
  const { command = 'PROXY', transport = 'STREAM', tlvs = [], crc32c = false } = description;
  if (command !== 'PROXY') throw new RangeError(`v1 has no command ${command}`);
  if (transport !== 'STREAM') throw new RangeError(`v1 carries TCP only, not ${transport}`);
  if (addresses.kind === 'unix') throw new RangeError('v1 carries TCP only, not unix paths');
  if (tlvs.length > 0 || crc32c) throw new RangeError('v1 has no TLVs and no CRC32C');
  const line = Buffer.alloc(MAX_V1_BYTES);
  if (addresses.kind === 'none') return new Uint8Array(line.subarray(0, writeV1Unknown(line, 0)));
  const { source, sourcePort, destination, destinationPort } = addresses;
  const length = writeV1(line, 0, source, sourcePort, destination, destinationPort);
  return new Uint8Array(line.subarray(0, length));
}

function formatV2(description: HeaderDescription, addresses: CheckedAddresses): Uint8Array {
  const { command = 'PROXY', transport = 'STREAM', crc32c = false } = description;
  if (command !== 'PROXY' && command !== 'LOCAL') throw new RangeError(`no such command: ${String(command)}`);
  if (transport !== 'STREAM' && transport !== 'DGRAM')
    throw new RangeError(`no such transport: ${String(transport)}`);
  if (command === 'LOCAL' && addresses.kind !== 'none') throw new RangeError('LOCAL takes no addresses');
  const tlvs = (description.tlvs ?? []).map(checkTlv);
  const tlvBytes = tlvs.reduce((sum, tlv) => sum + 3 + tlv.value.length, crc32c ? CRC32C_TLV_BYTES : 0);
  const bytes = Buffer.alloc(MAX_FIXED_BYTES + tlvBytes);
  let at = writeAddresses(bytes, command, addresses, tlvBytes);
  if (at + tlvBytes > MAX_V2_BYTES) throw new RangeError(`a v2 header has at most ${MAX_V2_BYTES} bytes`);
  if (transport === 'DGRAM' && addresses.kind !== 'none') bytes[13] = (bytes[13] as number) + 1;
  for (const tlv of tlvs) at += writeTlv(bytes, at, tlv.type, tlv.value);
  if (crc32c) {
    at += writeTlv(bytes, at, TLV.CRC32C, new Uint8Array(4));
    sealCrc32c(bytes, 0, at - 4, at);
  }
  return new Uint8Array(bytes.subarray(0, at));
}

function writeAddresses(
  bytes: Uint8Array,
  command: Command,
  addresses: CheckedAddresses,
  tlvBytes: number,
): number {
  switch (addresses.kind) {
    case 'none':
      return command === 'LOCAL' ? writeV2Local(bytes, 0, tlvBytes) : writeV2Unspec(bytes, 0, tlvBytes);
    case 'unix':
      return writeV2Unix(bytes, 0, addresses.source, addresses.destination, tlvBytes);
    case 'inet': {
      const { source, sourcePort, destination, destinationPort } = addresses;
      return writeV2(bytes, 0, source, sourcePort, destination, destinationPort, tlvBytes);
    }
  }
}

function checkTlv({ type, value }: TlvDescription): Tlv {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  if (!Number.isInteger(type) || type < 0 || type > 255) {
    throw new RangeError(`a TLV type is an integer from 0 to 255, got ${String(type)}`);
  }
  if (type === TLV.CRC32C) throw new TypeError('a CRC32C is computed; use `crc32c: true`');
  if (type === TLV.UNIQUE_ID && bytes.length > MAX_UNIQUE_ID_BYTES) {
    throw new RangeError(`a UNIQUE_ID has at most ${MAX_UNIQUE_ID_BYTES} bytes, got ${bytes.length}`);
  }
  if (bytes.length > MAX_VALUE_BYTES) {
    throw new RangeError(`a TLV has at most ${MAX_VALUE_BYTES} bytes, got ${bytes.length}`);
  }
  return { type, value: bytes };
}
