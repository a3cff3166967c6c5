import { escapeText } from '../wire/index.ts';

/** Enough of a bad word to find it. */
const MAX_WORD_CHARS = 20;

/**
 * A header as people paste it: hexadecimal in either case, `0x` before any word, words parted by spaces, colons or
 * commas. Returns the bytes, or a clause that says which word is not hexadecimal.
 */
export function parseHexLine(line: string): Uint8Array | { readonly problem: string } {
  const words = line
    .split(/[\s:,]+/)
    .map((word) => word.replace(/^0x/i, ''))
    .filter((word) => word !== '');
  for (const word of words) {
    const shown = `"${escapeText(word, MAX_WORD_CHARS)}"`;
    const other = /[^0-9a-f]/i.exec(word)?.[0];
    if (other !== undefined)
      return { problem: `expected hexadecimal digits, got "${escapeText(other, 10)}" in ${shown}` };
    if (word.length % 2 === 1)
      return { problem: `expected two hexadecimal digits a byte, got an odd number in ${shown}` };
  }
  return new Uint8Array(Buffer.from(words.join(''), 'hex'));
}
