import { formatSocketAddress } from '../address/socket-address.ts';
import { parseEndpointValue } from './endpoint-value.ts';
import { escapeText, isText } from './escape-text.ts';
import { TLV, tlvName } from './tlv.ts';

/** A DNS name has at most 255 bytes (RFC 1035 §2.3.4), and so has an ALPN name (RFC 7301 §3.1). */
const MAX_CHARS = 256;

/**
 * The value as one escaped, printable line, or undefined if it has no text. Opaque registered types have none; a value
 * of an unregistered type has text if all of its bytes read as text.
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

/** The text of a vendor's value, if its form shows that it is the vendor's. */
function vendorText(type: number, value: Uint8Array): string | undefined {
  if (tlvName(type, value) === undefined) return undefined;
  if (type === TLV.HERALD_ENDPOINT) return endpointText(value);
  if (type === TLV.AWS_VPC_ENDPOINT) return escapeText(value.subarray(1), MAX_CHARS);
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (type === TLV.GCP_PSC_CONNECTION) return view.getBigUint64(0).toString();
  // Azure writes little-endian; every other number here is big-endian.
  return type === TLV.AZURE_PRIVATE_LINK ? view.getUint32(1, true).toString() : undefined;
}

function endpointText(value: Uint8Array): string | undefined {
  const named = parseEndpointValue(value);
  return named && formatSocketAddress(named.ip, named.port);
}
