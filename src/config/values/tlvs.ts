import type { FixedTlv } from '../../plan/plan.ts';
import { TLV } from '../../wire/tlv.ts';
import type { TlvOptions } from '../config.ts';
import {
  accept,
  type ParsedValue,
  parseAll,
  parseList,
  refuse,
  type ValueType,
  type WrittenList,
} from '../value-type.ts';

const TLV_PART = 'pass, pass:TYPE,…, TYPE=HEX or TYPE=text:…';

/** TLVs that Herald computes itself, and the option for each. */
const COMPUTED = new Map<number, string>([
  [TLV.CRC32C, 'the checksum is computed: use --crc32c (crc32c: true in a file)'],
  [TLV.UNIQUE_ID, 'the id is generated for each session: use --unique-id (uniqueId: true in a file)'],
]);

type Part = { readonly pass: 'all' | readonly number[] } | { readonly add: FixedTlv };

/** All values of `--tlv` together: TLVs to pass on, and TLVs to add. */
export const tlvs: ValueType<TlvOptions, WrittenList | false> = {
  arity: 'repeated',
  values: '`pass` `pass:TYPE,…` `TYPE=HEX` `TYPE=text:…`',
  expected: TLV_PART,
  file: { kind: 'list', none: true },
  parse: (texts) => {
    if (texts.length === 1 && texts[0] === 'none') return accept({ pass: [], add: [] });
    const parsed = parseAll(texts, readPart);
    if (!('value' in parsed)) return parsed;
    const passes = parsed.value.flatMap((part) => ('pass' in part ? [part.pass] : []));
    const add = parsed.value.flatMap((part) => ('add' in part ? [part.add] : []));
    const listed = passes.filter((pass) => pass !== 'all').flat();
    if (!passes.includes('all')) return accept({ pass: listed, add });
    if (listed.length === 0) return accept({ pass: 'all', add });
    return refuse('contradictory_pass', 'pass or pass:TYPE,…, not both', texts.join(' '));
  },
};

function readPart(text: string): ParsedValue<Part> {
  if (text === 'pass') return accept({ pass: 'all' });
  if (text.startsWith('pass:')) {
    const types = parseList([text.slice('pass:'.length)], (type) => readPassed(type, text));
    return 'value' in types ? accept({ pass: types.value }) : types;
  }
  const equals = text.indexOf('=');
  if (equals < 0) return refuse('invalid_tlv', TLV_PART, text);
  const type = readTlvType(text.slice(0, equals));
  if (!('value' in type)) return type;
  const computed = COMPUTED.get(type.value);
  if (computed !== undefined) return refuse('computed_tlv', TLV_PART, text, computed);
  const value = readValue(text.slice(equals + 1));
  if (value === undefined)
    return refuse('invalid_tlv_value', 'pairs of hexadecimal digits, or text:… after the =', text);
  return accept({ add: { type: type.value, value } });
}

/** An incoming checksum is wrong for any other header; an incoming id may be passed on. */
function readPassed(text: string, whole: string): ParsedValue<number> {
  const type = readTlvType(text);
  if (!('value' in type) || type.value !== TLV.CRC32C) return type;
  return refuse('computed_tlv', TLV_PART, whole, COMPUTED.get(TLV.CRC32C));
}

function readValue(text: string): Uint8Array | undefined {
  if (text.startsWith('text:')) return new TextEncoder().encode(text.slice('text:'.length));
  return /^(?:[0-9a-fA-F]{2})*$/.test(text) ? new Uint8Array(Buffer.from(text, 'hex')) : undefined;
}

/** A list of TLV types, or `none`. */
export const tlvTypes: ValueType<readonly number[], WrittenList | false> = {
  arity: 'list',
  values: 'TYPE,…',
  expected: 'TLV types such as AUTHORITY or 0xEA, or none',
  file: { kind: 'list', none: true },
  parse: (texts) => (texts.length === 1 && texts[0] === 'none' ? accept([]) : parseList(texts, readTlvType)),
};

const TLV_TYPE = `a TLV type: 0x00 to 0xFF, 0 to 255, or one of ${Object.keys(TLV).join(', ')}`;

/** `0xEA`, `234` or a name → the number of the type. */
function readTlvType(text: string): ParsedValue<number> {
  const named = Object.entries(TLV).find(([name]) => name === text);
  if (named !== undefined) return accept(named[1]);
  const type = /^(?:0x[0-9a-fA-F]{1,2}|0|[1-9]\d{0,2})$/.test(text) ? Number(text) : Number.NaN;
  return type <= 255 ? accept(type) : refuse('unknown_tlv_type', TLV_TYPE, text);
}
