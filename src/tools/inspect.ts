import type {
  Absent,
  Command,
  Family,
  Incomplete,
  Invalid,
  Parsed,
  SslFacts,
  Tlv,
  Transport,
} from '../wire/index.ts';
import {
  destinationOf,
  escapeText,
  parseHeader,
  parseSsl,
  readTlvs,
  sourceOf,
  TLV,
  tlvName,
  tlvText,
} from '../wire/index.ts';

/** `SslFacts` with its text escaped and its certificate in hexadecimal. */
type InspectedSsl = Omit<SslFacts, 'clientCert'> & { readonly clientCert?: string };

export type InspectedAddress =
  | { readonly address: string; readonly port: number }
  | { readonly path: string };

/** `name` if the type is known, `text` if the value is text, `ssl` for the SSL type, null if its value is malformed. */
export interface InspectedTlv {
  readonly type: number;
  readonly name?: string;
  readonly value: string;
  readonly text?: string;
  readonly ssl?: InspectedSsl | null;
}

export interface InspectedHeader {
  readonly status: 'header';
  readonly version: 1 | 2;
  readonly command: Command;
  readonly family: Family;
  readonly transport: Transport;
  readonly source: InspectedAddress | null;
  readonly destination: InspectedAddress | null;
  readonly tlvs: readonly InspectedTlv[];
  readonly length: number;
  readonly payload: string;
}

/** One line of `herald inspect --json`, keys in the order of the manual. All text in it is escaped. */
export type InspectResult = InspectedHeader | Incomplete | Absent | Invalid;

/** 65551 = 16 + 65535: the longest possible header. */
const MAX_HEADER_BYTES = 65551;
/** 648 = 6·108: a path of 108 bytes, each as the longest escape of a byte. */
const MAX_PATH_CHARS = 648;
const MAX_SSL_CHARS = 256;
/** How much of a word that is not hexadecimal is shown. */
const MAX_WORD_CHARS = 20;

/** Decodes the bytes. Pure; every verdict is data, and nothing throws. */
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

/** The facts of an SSL TLV's value for JSON; null if it is malformed. */
function inspectSsl(value: Uint8Array): InspectedSsl | null {
  const facts = parseSsl(value);
  if (facts === undefined) return null;
  const shown = Object.entries(facts).map(([fact, it]: [string, SslFacts[keyof SslFacts]]) => [
    fact,
    typeof it === 'string'
      ? escapeText(it, MAX_SSL_CHARS)
      : it instanceof Uint8Array
        ? Buffer.from(it).toString('hex')
        : it,
  ]);
  return Object.fromEntries(shown) as InspectedSsl;
}

/**
 * Parses a pasted header: hexadecimal in either case, words separated by spaces, colons or commas, each with or without
 * `0x`. The problem names the word that is not hexadecimal.
 */
export function parseHexLine(line: string): Uint8Array | { readonly problem: string } {
  const words = line
    .split(/[\s:,]+/)
    .map((word) => word.replace(/^0x/i, ''))
    .filter((word) => word !== '');
  for (const word of words) {
    const shown = `"${escapeText(word, MAX_WORD_CHARS)}"`;
    const other = /[^0-9a-f]/i.exec(word)?.[0];
    if (other !== undefined)
      return { problem: `expected hexadecimal digits, got "${escapeText(other, 10)}" in ${shown}` };
    if (word.length % 2 === 1)
      return { problem: `expected two hexadecimal digits a byte, got an odd number in ${shown}` };
  }
  return new Uint8Array(Buffer.from(words.join(''), 'hex'));
}
