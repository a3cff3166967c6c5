import type { AcceptProxy } from '../../src/plan/plan.ts';
import { HeaderReader, type HeaderVerdict } from '../../src/session/header-reader.ts';
import { sourceOf } from '../../src/wire/header-address.ts';
import { TLV } from '../../src/wire/tlv.ts';
import { concat, latin, rawV2, SOURCE, v1, v2 } from './headers.ts';

export type Rule = 'required' | 'optional' | 'guard';

export const NOTHING = new Uint8Array(0);
export const PAYLOAD = latin('GET / HTTP/1.1\r\n\r\n');

export function reader(rule: Rule, acceptProxy: AcceptProxy = 'any', maxHeaderBytes = 4096): HeaderReader {
  return new HeaderReader({ acceptProxy, maxHeaderBytes }, rule);
}

/** A verdict in words, read at once: its bytes are views. */
export function inWords(verdict: HeaderVerdict): string {
  switch (verdict.kind) {
    case 'more':
      return 'more';
    case 'header': {
      const { version, command } = verdict.header;
      return `header v${version} ${command} ${JSON.stringify(sourceOf(verdict.header))}`;
    }
    case 'headerless':
      return 'headerless';
    case 'refused':
      return verdict.detail === null ? verdict.reason : `${verdict.reason} (${verdict.detail})`;
  }
}

export interface Outcome {
  readonly words: string;
  /** What goes on to the endpoint: the verdict's rest and all that was not read yet. */
  readonly rest: string;
}

/** Feeds pieces as an engine does that uses one buffer again for all that comes, until they decide. */
export function feed(of: HeaderReader, pieces: readonly Uint8Array[]): Outcome {
  for (const [index, piece] of pieces.entries()) {
    const buffer = Buffer.from(piece);
    const verdict = of.take(buffer);
    if (verdict.kind !== 'more') {
      const rest = 'rest' in verdict ? verdict.rest : NOTHING;
      const all = concat(rest, ...(verdict.kind === 'refused' ? [] : pieces.slice(index + 1)));
      return { words: inWords(verdict), rest: Buffer.from(all).toString('latin1') };
    }
    buffer.fill(0xee);
  }
  return { words: 'more', rest: '' };
}

export const single = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, (byte) => Uint8Array.of(byte));

export interface Row {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly trusted: string;
  /** Where an optional header is not what a required one is. */
  readonly optional?: string;
  readonly guard: string;
  readonly acceptProxy?: AcceptProxy;
  readonly maxHeaderBytes?: number;
}

export const CLIENT = JSON.stringify(SOURCE);

export const ROWS: readonly Row[] = [
  { name: 'a v1 line', bytes: v1(), trusted: `header v1 PROXY ${CLIENT}`, guard: 'plain_header' },
  { name: 'a v2 header', bytes: v2(), trusted: `header v2 PROXY ${CLIENT}`, guard: 'plain_header' },
  {
    name: 'a v2 header with TLVs',
    bytes: v2({ tlvs: [{ type: TLV.AUTHORITY, value: 'x'.repeat(200) }], crc32c: true }),
    trusted: `header v2 PROXY ${CLIENT}`,
    guard: 'plain_header',
  },
  {
    name: 'LOCAL',
    bytes: v2({ command: 'LOCAL' }),
    trusted: 'header v2 LOCAL null',
    guard: 'plain_header',
  },
  {
    name: 'UNKNOWN',
    bytes: latin('PROXY UNKNOWN\r\n'),
    trusted: 'header v1 PROXY null',
    guard: 'plain_header',
  },
  {
    name: 'another protocol',
    bytes: PAYLOAD,
    trusted: 'header_absent',
    optional: 'headerless',
    guard: 'headerless',
  },
  {
    name: 'another protocol that begins like v1',
    bytes: latin('PROPFIND / HTTP/1.1\r\n\r\n'),
    trusted: 'header_absent',
    optional: 'headerless',
    guard: 'headerless',
  },
  {
    name: 'another protocol that begins like v2',
    bytes: latin('\r\n\r\nGET / HTTP/1.1\r\n\r\n'),
    trusted: 'header_absent',
    optional: 'headerless',
    guard: 'headerless',
  },
  {
    name: 'a v1 line with a wrong port',
    bytes: latin('PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n'),
    trusted: 'header_invalid (v1_port)',
    guard: 'plain_header',
  },
  {
    name: 'a v2 header of a family that is not assigned',
    bytes: rawV2(0x21, 0x41, new Uint8Array(12)),
    trusted: 'header_invalid (v2_family)',
    guard: 'plain_header',
  },
  {
    name: 'a v2 header over the cap',
    bytes: v2({ tlvs: [{ type: TLV.AUTHORITY, value: 'x'.repeat(200) }] }),
    maxHeaderBytes: 16 + 12 + 3 + 199,
    trusted: 'header_too_large (v2_too_large)',
    guard: 'plain_header',
  },
  {
    name: 'a v1 line where only v2 is expected',
    bytes: v1(),
    acceptProxy: 'v2',
    trusted: 'header_not_expected (v1_not_expected)',
    guard: 'plain_header',
  },
  {
    name: 'a v2 header where only v1 is expected',
    bytes: v2(),
    acceptProxy: 'v1',
    trusted: 'header_not_expected (v2_not_expected)',
    guard: 'plain_header',
  },
  {
    name: 'a v1 line where only v1 is expected',
    bytes: v1(),
    acceptProxy: 'v1',
    trusted: `header v1 PROXY ${CLIENT}`,
    guard: 'plain_header',
  },
  {
    name: 'a v2 header where only v2 is expected',
    bytes: v2(),
    acceptProxy: 'v2',
    trusted: `header v2 PROXY ${CLIENT}`,
    guard: 'plain_header',
  },
  {
    name: 'a v2 header just within the cap',
    bytes: v2({ tlvs: [{ type: TLV.AUTHORITY, value: 'x'.repeat(200) }] }),
    maxHeaderBytes: 16 + 12 + 3 + 200,
    trusted: `header v2 PROXY ${CLIENT}`,
    guard: 'plain_header',
  },
];

export const RULES: readonly Rule[] = ['required', 'optional', 'guard'];

export function expected(row: Row, rule: Rule): string {
  if (rule === 'guard') return row.guard;
  return rule === 'optional' ? (row.optional ?? row.trusted) : row.trusted;
}
