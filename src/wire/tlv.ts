import type { Header } from './header.ts';

/** The registered types (§2.2), and those of vendors in the range for applications. */
export const TLV = {
  ALPN: 0x01,
  AUTHORITY: 0x02,
  CRC32C: 0x03,
  NOOP: 0x04,
  UNIQUE_ID: 0x05,
  SSL: 0x20,
  NETNS: 0x30,
  GCP_PSC_CONNECTION: 0xe0,
  AWS_VPC_ENDPOINT: 0xea,
  AZURE_PRIVATE_LINK: 0xee,
} as const;

/** One type-length-value. `value` is a view of the header's bytes, and good only as long as these are. */
export interface Tlv {
  readonly type: number;
  readonly value: Uint8Array;
}

const NAMES = new Map<number, string>(Object.entries(TLV).map(([name, type]) => [type, name]));

/** The name of a type, as `TLV` has it, or undefined where it is not known. */
export function tlvName(type: number): string | undefined {
  return NAMES.get(type);
}

/** All TLVs of a header, order and duplicates kept. */
export function readTlvs(header: Header): Tlv[] {
  return splitTlvs(header.bytes, header.tlvAt, header.tlvEnd) ?? [];
}

/** The value of the first TLV of that type, a view, or undefined. */
export function findTlv(header: Header, type: number): Uint8Array | undefined {
  const { bytes, tlvEnd } = header;
  for (let at = header.tlvAt; at < tlvEnd; ) {
    const length = ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
    if (bytes[at] === type) return bytes.subarray(at + 3, at + 3 + length);
    at += 3 + length;
  }
  return undefined;
}

/** TLVs between two offsets, or undefined where they don't come out even. Looks at one level only. */
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
