import { escapeText, INVALID_CODES } from '../wire/index.ts';
import type { InspectedAddress, InspectedHeader, InspectedTlv, InspectResult } from './inspect.ts';

/** Limits that keep a value, or the payload, on one line. */
const MAX_HEX_DIGITS = 64;
const MAX_PAYLOAD_CHARS = 64;

/** An inspection as lines for a terminal, without a final newline. Its text is already escaped. */
export function formatInspection(result: InspectResult): string {
  switch (result.status) {
    case 'incomplete':
      return `incomplete: at least ${count(result.need, 'further byte')} needed`;
    case 'absent':
      return 'absent: neither a v1 nor a v2 header begins here';
    case 'invalid':
      return `invalid: ${result.code} at byte ${result.at}: ${INVALID_CODES[result.code]}`;
    case 'header':
      return formatHeaderLines(result).join('\n');
  }
}

function formatHeaderLines(header: InspectedHeader): string[] {
  const { version, command, family, transport, source, destination, tlvs, length, payload } = header;
  return [
    `header       v${version} ${command} ${family} ${transport}, ${count(length, 'byte')}`,
    `source       ${formatAddress(source)}`,
    `destination  ${formatAddress(destination)}`,
    ...tlvs.flatMap(formatTlv),
    `payload      ${formatPayload(payload)}`,
  ];
}

function formatAddress(address: InspectedAddress | null): string {
  if (address === null) return "none, the connection's own is used";
  if ('path' in address) return `unix:${address.path}`;
  return address.address.includes(':')
    ? `[${address.address}]:${address.port}`
    : `${address.address}:${address.port}`;
}

function formatTlv({ type, name, value, text, ssl }: InspectedTlv): string[] {
  const title = `TLV 0x${type.toString(16).padStart(2, '0')}     ${name ?? 'unknown type'}`;
  const hex = value.length > MAX_HEX_DIGITS ? `${value.slice(0, MAX_HEX_DIGITS)}…` : value;
  const bytes = `${count(value.length / 2, 'byte')} ${hex}`.trimEnd();
  // A value of an unknown type may look like text by chance, so its bytes are shown as well.
  const shown = text === undefined ? bytes : name === undefined ? `"${text}", ${bytes}` : text;
  if (ssl === undefined) return [`${title}: ${shown}`];
  if (ssl === null) return [`${title}: malformed, ${shown}`];
  const facts = Object.entries(ssl).filter(([fact]) => fact !== 'clientCert');
  const certificate =
    ssl.clientCert === undefined ? '' : `, clientCert ${count(ssl.clientCert.length / 2, 'byte')}`;
  return [`${title}: ${facts.map(([fact, value]) => `${fact} ${value}`).join(', ')}${certificate}`];
}

function formatPayload(payload: string): string {
  if (payload === '') return 'none';
  // Each byte is at least one character; further bytes would not be shown.
  const bytes = Buffer.from(payload.slice(0, 2 * MAX_PAYLOAD_CHARS + 8), 'hex');
  return `${count(payload.length / 2, 'byte')}: ${escapeText(bytes, MAX_PAYLOAD_CHARS)}`;
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
