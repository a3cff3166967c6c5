import { parseIp } from '../address/ip.ts';
import { formatSocketAddress } from '../address/socket-address.ts';
import { escapeText } from '../wire/escape-text.ts';
import type { Header } from '../wire/header.ts';
import { destinationOf, sourceOf } from '../wire/header-address.ts';
import { parseHeader } from '../wire/parse-header.ts';
import { readTlvs, type Tlv, tlvName } from '../wire/tlv.ts';
import { tlvText } from '../wire/tlv-text.ts';
import { type LogClients, showClient } from './show-client.ts';

/** 65551 = 16 + 65535, the longest header: every header is decoded here, whatever the listener's `--max-header`. */
const MAX_HEADER_BYTES = 65_551;
/** A `sun_path` has 108 bytes, each at most four characters. */
const MAX_PATH_CHARS = 4 * 108;

/** Describes the first bytes of a client in one line that is safe to print. */
export function describeFirstBytes(bytes: Uint8Array, clients: LogClients): string {
  const result = parseHeader(bytes, { maxHeaderBytes: MAX_HEADER_BYTES });
  switch (result.status) {
    case 'absent':
      return 'no header';
    case 'incomplete':
      return `a header that needs at least ${result.need} more byte${result.need === 1 ? '' : 's'}`;
    case 'invalid':
      return `invalid: ${result.code} at byte ${result.at}`;
    case 'header':
      return `${describeHeader(result.header, clients)}, ${result.length} bytes`;
  }
}

function describeHeader(header: Header, clients: LogClients): string {
  const { version, command, family, transport } = header;
  const kind = `v${version} ${command} ${family} ${transport}`;
  const source = showEnd(sourceOf(header), clients);
  const destination = showEnd(destinationOf(header), 'full');
  const ends = source === null || destination === null ? kind : `${kind} ${source} -> ${destination}`;
  // A TLV may hold a name or an address of the client too.
  return clients === 'full' ? [ends, ...readTlvs(header).flatMap(showTlv)].join(', ') : ends;
}

function showTlv({ type, value }: Tlv): string[] {
  const text = tlvText(type, value);
  const name = tlvName(type, value) ?? `0x${type.toString(16).padStart(2, '0')}`;
  return text === undefined ? [] : [`${name} "${text}"`];
}

function showEnd(end: ReturnType<typeof sourceOf>, clients: LogClients): string | null {
  if (end === null) return null;
  if ('path' in end) return `unix:${escapeText(end.path, MAX_PATH_CHARS)}`;
  const ip = parseIp(end.address);
  return ip === undefined ? null : showClient(formatSocketAddress(ip, end.port), clients);
}
