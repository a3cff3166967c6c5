import { TLV } from '../../wire/tlv.ts';
import { accept, type ParsedValue, refuse } from '../value-type.ts';

const EXPECTED = `a type of TLV: 0x00 to 0xFF, 0 to 255, or one of ${Object.keys(TLV).join(', ')}`;

/** `0xEA`, `234` or the name of a type → its number. */
export function readTlvType(text: string): ParsedValue<number> {
  const named = Object.entries(TLV).find(([name]) => name === text);
  if (named !== undefined) return accept(named[1]);
  const type = /^(?:0x[0-9a-fA-F]{1,2}|0|[1-9]\d{0,2})$/.test(text) ? Number(text) : Number.NaN;
  return type <= 255 ? accept(type) : refuse('unknown_tlv_type', EXPECTED, text);
}
