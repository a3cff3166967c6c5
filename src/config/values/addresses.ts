import { type ParsedAddress, parseAddress, parsePort } from '../../address/socket-address.ts';
import { showValue } from '../show-value.ts';
import { accept, type ParsedValue, refuse, refuseWithHint, type ValueType } from '../value-type.ts';

const EXPECTED = 'an address such as 127.0.0.1:8080, [::1]:8080, :8080 or unix:/run/herald.sock';

/** Where to listen. Port 0 takes a free one. */
export const address: ValueType<ParsedAddress, string> = {
  arity: 'one',
  values: 'ADDR',
  expected: EXPECTED,
  file: { kind: 'text' },
  parse: ([text = '']) => readListen(text, EXPECTED),
};

/** An ops address, or `none`. */
export const addressOrNone: ValueType<ParsedAddress | null, string | false> = {
  arity: 'one',
  values: 'ADDR or `none`',
  expected: `${EXPECTED}, or none`,
  file: { kind: 'text', none: true },
  parse: ([text = '']) => (text === 'none' ? accept(null) : readListen(text, `${EXPECTED}, or none`)),
};

/** Whoever writes a port alone means all addresses. */
function readListen(text: string, expected: string): ParsedValue<ParsedAddress> {
  return parsePort(text) === undefined
    ? readAddress(text, expected)
    : refuseWithHint('invalid_address', expected, text, `:${text}`);
}

/** One ADDR; what a later version will understand is told from what nobody does. */
export function readAddress(text: string, expected: string): ParsedValue<ParsedAddress> {
  const later = laterScheme(text);
  if (later !== undefined) return refuse('not_in_this_version', expected, text, later);
  const scheme = /^(?!unix:)[a-z][a-z\d+.-]*:\/\//i.exec(text)?.[0];
  if (scheme !== undefined) {
    const message = `expected host:port, without ${scheme} and a path, got ${showValue(text)}`;
    return refuse('invalid_address', expected, text, message);
  }
  const parsed = parseAddress(text);
  if (!('problem' in parsed)) return accept(parsed);
  return refuse('invalid_address', expected, text, parsed.problem);
}

/** Beginnings of ADDR that the manual reserves and this version does not understand yet, and what they come with. */
const LATER_SCHEMES: { readonly [scheme: string]: string } = {
  'udp:': 'UDP',
};

/** The word about an address of a kind that is not there yet, else undefined: refused, and not taken for a mistake. */
export function laterScheme(address: string): string | undefined {
  const found = Object.entries(LATER_SCHEMES).find(([scheme]) => address.startsWith(scheme));
  if (found === undefined) return undefined;
  return `${JSON.stringify(address)} is not in this version of Herald: it comes with ${found[1]}`;
}
