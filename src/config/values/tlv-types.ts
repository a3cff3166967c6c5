import { accept, parseList, type ValueType, type WrittenList } from '../value-type.ts';
import { readTlvType } from './tlv-type.ts';

/** A list of types of TLVs, or `none`. */
export const tlvTypes: ValueType<readonly number[], WrittenList | false> = {
  arity: 'list',
  values: 'TYPE,…',
  expected: 'types of TLVs such as AUTHORITY or 0xEA, or none',
  file: { kind: 'list', none: true },
  parse: (texts) => (texts.length === 1 && texts[0] === 'none' ? accept([]) : parseList(texts, readTlvType)),
};
