import { formatHeader, type HeaderDescription } from '../../src/wire/format-header.ts';
import type { Header } from '../../src/wire/header.ts';
import { parseHeader } from '../../src/wire/parse-header.ts';

export const SOURCE = { address: '203.0.113.7', port: 51_234 };
export const DESTINATION = { address: '198.51.100.9', port: 443 };
export const SOURCE_6 = { address: '2001:db8::7', port: 51_234 };
export const DESTINATION_6 = { address: '2001:db8:1::9', port: 443 };
export const UNIX_SOURCE = { path: '/run/client' };
export const UNIX_DESTINATION = { path: '/run/proxy' };

export function latin(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** The bytes of a v2 PROXY header for TCP over IPv4, but for what the test says of it. */
export function v2(parts: Partial<HeaderDescription> = {}): Uint8Array {
  const plain = parts.command === 'LOCAL' ? {} : { source: SOURCE, destination: DESTINATION };
  return formatHeader({ version: 2, ...plain, ...parts });
}

export function v1(source = SOURCE, destination = DESTINATION): Uint8Array {
  return formatHeader({ version: 1, source, destination });
}

/** The signature, the two bytes of nibbles, and a block as long as it is. */
export function rawV2(command: number, family: number, block: Uint8Array = new Uint8Array(0)): Uint8Array {
  const signature = latin('\r\n\r\n\0\r\nQUIT\n');
  return concat(signature, Uint8Array.of(command, family, block.length >> 8, block.length), block);
}

/** What the parser makes of the bytes; they must be a whole header. */
export function headerOf(bytes: Uint8Array): Header {
  const result = parseHeader(bytes, { maxHeaderBytes: 65_551 });
  if (result.status !== 'header') throw new Error(`not a header: ${JSON.stringify(result)}`);
  return result.header;
}
