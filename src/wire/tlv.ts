import { parseEndpointValue } from './endpoint-value.ts';
import type { Header } from './header.ts';

/**
 * The registered types (§2.2), and types of vendors in the range for applications. The numbers of vendors are not
 * reserved: only the form of a value shows whether it is the vendor's; see `tlvName`.
 */
export const TLV = {
  ALPN: 0x01,
  AUTHORITY: 0x02,
  CRC32C: 0x03,
  NOOP: 0x04,
  UNIQUE_ID: 0x05,
  SSL: 0x20,
  NETNS: 0x30,
  GCP_PSC_CONNECTION: 0xe0,
  /** Ours: the endpoint to which another Herald is to carry the session on. */
  HERALD_ENDPOINT: 0xe7,
  AWS_VPC_ENDPOINT: 0xea,
  AZURE_PRIVATE_LINK: 0xee,
} as const;

/** One type-length-value. `value` is a view of the header's bytes, valid only as long as they are. */
export interface Tlv {
  readonly type: number;
  readonly value: Uint8Array;
}

const NAMES = new Map<number, string>(Object.entries(TLV).map(([name, type]) => [type, name]));

/**
 * The name of a TLV, a key of `TLV`, or undefined if it is unknown. A vendor's name is returned only if the value has the
 * vendor's form: numbers from 0xE0 on are not assigned to anyone (§2.2), and several senders use 0xE0.
 */
export function tlvName(type: number, value: Uint8Array): string | undefined {
  return hasVendorForm(type, value) === false ? undefined : NAMES.get(type);
}

/** The byte of the subtype, then "vpce-". */
const AWS_ID = Buffer.from('\x01vpce-');

/** Whether the value of a vendor's type has the vendor's form; undefined for every other type. */
function hasVendorForm(type: number, value: Uint8Array): boolean | undefined {
  switch (type) {
    case TLV.AWS_VPC_ENDPOINT:
      return value.length > AWS_ID.length && AWS_ID.every((byte, at) => byte === value[at]);
    case TLV.GCP_PSC_CONNECTION:
      return value.length === 8;
    case TLV.AZURE_PRIVATE_LINK:
      return value.length === 5 && value[0] === 1;
    case TLV.HERALD_ENDPOINT:
      return parseEndpointValue(value) !== undefined;
    default:
      return undefined;
  }
}

/** All TLVs of a header, in order and with duplicates. */
export function readTlvs(header: Header): Tlv[] {
  return splitTlvs(header.bytes, header.tlvAt, header.tlvEnd) ?? [];
}

/** The value of the first TLV of that type (a view of the header's bytes), or undefined. */
export function findTlv(header: Header, type: number): Uint8Array | undefined {
  const { bytes, tlvEnd } = header;
  for (let at = header.tlvAt; at < tlvEnd; ) {
    const length = ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
    if (bytes[at] === type) return bytes.subarray(at + 3, at + 3 + length);
    at += 3 + length;
  }
  return undefined;
}

/** The TLVs between two offsets, or undefined if they do not fill the range exactly. Reads one level only. */
export function splitTlvs(bytes: Uint8Array, start: number, end: number): Tlv[] | undefined {
  const tlvs: Tlv[] = [];
  let at = start;
  while (at < end) {
    const valueAt = at + 3;
    if (valueAt > end) return undefined;
    const next = valueAt + (((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number));
    if (next > end) return undefined;
    tlvs.push({ type: bytes[at] as number, value: bytes.subarray(valueAt, next) });
    at = next;
  }
  return tlvs;
}
