import { type ParsedAddress, parseAddress } from '../../address/socket-address.ts';
import { laterScheme } from '../later-scheme.ts';
import { accept, type Parsed, refuse, type ValueType } from '../value-type.ts';

const EXPECTED = 'an address such as 127.0.0.1:8080, [::1]:8080, :8080 or unix:/run/herald.sock';

/** Where to listen. Port 0 takes a free one. */
export const address: ValueType<ParsedAddress> = {
  arity: 'one',
  values: 'ADDR',
  expected: EXPECTED,
  file: { kind: 'text' },
  parse: ([text = '']) => readAddress(text, EXPECTED),
};

/** An address for machines, or `none`. */
export const addressOrNone: ValueType<ParsedAddress | null> = {
  ...address,
  values: 'ADDR or `none`',
  expected: `${EXPECTED}, or none`,
  file: { kind: 'text', none: true },
  parse: ([text = '']) => (text === 'none' ? accept(null) : readAddress(text, `${EXPECTED}, or none`)),
};

/** One ADDR; what a later version will understand is told from what nobody does. */
export function readAddress(text: string, expected: string): Parsed<ParsedAddress> {
  const later = laterScheme(text);
  if (later !== undefined) return refuse('not_in_this_version', expected, text, later);
  const parsed = parseAddress(text);
  if (!('problem' in parsed)) return accept(parsed);
  return refuse('invalid_address', expected, text, parsed.problem);
}
