import type { Parsed, Tlv } from '../wire/index.ts';
import {
  destinationOf,
  escapeText,
  parseHeader,
  readTlvs,
  sourceOf,
  TLV,
  tlvName,
  tlvText,
} from '../wire/index.ts';

import type { InspectedAddress, InspectedHeader, InspectedTlv, InspectResult } from './inspect-result.ts';
import { inspectSsl } from './inspect-ssl.ts';

export { parseHexLine } from './inspect-hex.ts';
export type * from './inspect-result.ts';
export { formatInspection } from './inspect-text.ts';

/** 65551 = 16 + 65535: the longest header that there is, so that none is too large to be looked at. */
const MAX_HEADER_BYTES = 65551;
/** 648 = 6·108: every byte of a path as the longest escape that one byte can need. */
const MAX_PATH_CHARS = 648;

/** What the bytes are. Pure; a verdict is data, whatever it is. */
export function inspectBytes(bytes: Uint8Array): InspectResult {
  const result = parseHeader(bytes, { maxHeaderBytes: MAX_HEADER_BYTES });
  return result.status === 'header' ? inspectHeader(result, bytes) : result;
}

function inspectHeader({ header, length }: Parsed, bytes: Uint8Array): InspectedHeader {
  return {
    status: 'header',
    version: header.version,
    command: header.command,
    family: header.family,
    transport: header.transport,
    source: inspectAddress(sourceOf(header)),
    destination: inspectAddress(destinationOf(header)),
    tlvs: readTlvs(header).map(inspectTlv),
    length,
    payload: hexOf(bytes.subarray(length)),
  };
}

function inspectAddress(address: ReturnType<typeof sourceOf>): InspectedAddress | null {
  if (address === null || 'address' in address) return address;
  return { path: escapeText(address.path, MAX_PATH_CHARS) };
}

function inspectTlv({ type, value }: Tlv): InspectedTlv {
  const name = tlvName(type, value);
  const text = tlvText(type, value);
  return {
    type,
    ...(name === undefined ? {} : { name }),
    value: hexOf(value),
    ...(text === undefined ? {} : { text }),
    ...(type === TLV.SSL ? { ssl: inspectSsl(value) } : {}),
  };
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
