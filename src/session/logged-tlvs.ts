import type { SessionRecord } from '../plan/observer.ts';
import { escapeText } from '../wire/escape-text.ts';
import { readTlvs, tlvName } from '../wire/tlv.ts';
import { tlvText } from '../wire/tlv-text.ts';
import type { Client } from './client.ts';

/** The TLVs that came with the client, as far as the log wants them: name or type, and escaped text. */
export function loggedTlvs({ facts }: Client, wanted: readonly number[]): SessionRecord['tlvs'] {
  if (facts === null || wanted.length === 0) return [];
  return readTlvs(facts)
    .filter(({ type }) => wanted.includes(type))
    .map(({ type, value }) => ({
      name: tlvName(type, value) ?? `0x${type.toString(16).padStart(2, '0')}`,
      text: tlvText(type, value) ?? escapeText(value, 128),
    }));
}
