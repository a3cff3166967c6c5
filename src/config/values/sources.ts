import { type Cidr, parseCidr } from '../../address/cidr.ts';
import type { Sources } from '../config.ts';
import { laterScheme } from '../later-options.ts';
import { accept, type Parsed, parseList, refuse, type ValueType } from '../value-type.ts';

const EXPECTED = 'an address, a CIDR such as 10.0.1.0/24 or fd00::/8, or unix';

export const NO_SOURCES: Sources = { cidrs: [], unix: false };

/** Who is meant: CIDRs, addresses, and `unix` for the peers of a unix socket. */
export const sources: ValueType<Sources> = {
  arity: 'list',
  values: 'SOURCES, or `unix`',
  expected: EXPECTED,
  file: { kind: 'list' },
  parse: (texts) => {
    const parsed = parseList(texts, readSource);
    if (!('value' in parsed)) return parsed;
    const cidrs = parsed.value.filter((source) => source !== 'unix');
    return accept({ cidrs, unix: cidrs.length < parsed.value.length });
  },
};

function readSource(text: string): Parsed<Cidr | 'unix'> {
  if (text === 'unix') return accept(text);
  const later = laterScheme(text);
  if (later !== undefined) return refuse('not_in_this_version', EXPECTED, text, later);
  const cidr = parseCidr(text);
  return cidr === undefined ? refuse('invalid_source', EXPECTED, text) : accept(cidr);
}
