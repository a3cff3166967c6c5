import { escapeText } from './escape-text.ts';
import { TLV } from './tlv.ts';

/** 255 bytes is the longest DNS name (RFC 1035 §2.3.4), and ALPN names have the same bound (RFC 7301 §3.1). */
const MAX_CHARS = 256;

/**
 * The value as one escaped, printable line for logs and people, or undefined where it has none: a type that is
 * opaque or unknown, or a value not shaped as its type demands.
 */
export function tlvText(type: number, value: Uint8Array): string | undefined {
  switch (type) {
    case TLV.ALPN:
    case TLV.AUTHORITY:
    case TLV.NETNS:
      return escapeText(value, MAX_CHARS);
    case TLV.AWS_VPC_ENDPOINT:
      // Subtype 1 is the id of the VPC endpoint, ASCII.
      return value[0] === 1 ? escapeText(value.subarray(1), MAX_CHARS) : undefined;
    case TLV.GCP_PSC_CONNECTION:
      return value.length === 8 ? viewOf(value).getBigUint64(0).toString() : undefined;
    case TLV.AZURE_PRIVATE_LINK:
      // Subtype 1 is the link id; it alone of all numbers here is little-endian.
      return value[0] === 1 && value.length === 5 ? viewOf(value).getUint32(1, true).toString() : undefined;
    default:
      return undefined;
  }
}

function viewOf(value: Uint8Array): DataView {
  return new DataView(value.buffer, value.byteOffset, value.byteLength);
}
