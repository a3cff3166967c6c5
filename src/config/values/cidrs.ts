import { type Cidr, parseCidr } from '../../address/cidr.ts';
import { accept, parseList, refuse, type ValueType, type WrittenList } from '../value-type.ts';
import { wideRanges } from './wide-ranges.ts';

const EXPECTED = 'an address or a CIDR such as 10.0.1.0/28';

/** Addresses and CIDRs. */
export const cidrs: ValueType<readonly Cidr[], WrittenList> = {
  arity: 'list',
  values: 'addresses or CIDRs',
  expected: EXPECTED,
  file: { kind: 'list' },
  doubts: wideRanges,
  parse: (texts) =>
    parseList(texts, (text) => {
      const cidr = parseCidr(text);
      return cidr === undefined ? refuse('invalid_cidr', EXPECTED, text) : accept(cidr);
    }),
};
