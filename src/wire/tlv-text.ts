import { escapeText, isText } from './escape-text.ts';
import { TLV, tlvName } from './tlv.ts';

/** 255 bytes is the longest DNS name (RFC 1035 §2.3.4), and ALPN names have the same bound (RFC 7301 §3.1). */
const MAX_CHARS = 256;

/**
 * The value as one escaped, printable line for logs and people, or undefined where it has none. Registered types that
 * are opaque have none; a value of any other type is text where all of it reads as text.
 */
export function tlvText(type: number, value: Uint8Array): string | undefined {
  switch (type) {
    case TLV.ALPN:
    case TLV.AUTHORITY:
    case TLV.NETNS:
      return escapeText(value, MAX_CHARS);
    case TLV.CRC32C:
    case TLV.NOOP:
    case TLV.UNIQUE_ID:
    case TLV.SSL:
      return undefined;
    default:
      return vendorText(type, value) ?? (isText(value) ? escapeText(value, MAX_CHARS) : undefined);
  }
}

/** What the value of a vendor says, where its form proves that it is the vendor's. */
function vendorText(type: number, value: Uint8Array): string | undefined {
  if (tlvName(type, value) === undefined) return undefined;
  if (type === TLV.AWS_VPC_ENDPOINT) return escapeText(value.subarray(1), MAX_CHARS);
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (type === TLV.GCP_PSC_CONNECTION) return view.getBigUint64(0).toString();
  // Little-endian, alone of all numbers here.
  return type === TLV.AZURE_PRIVATE_LINK ? view.getUint32(1, true).toString() : undefined;
}
