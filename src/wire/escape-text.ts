const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;
const TEXT = /^(?:[^\p{Cc}\p{Cn}\p{Co}]|[\t\r\n])*\0?$/u;
/** Letters, marks, numbers, punctuation, symbols and the plain space; no character that is invisible or reorders text. */
const PRINTABLE = /^(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const BACKSLASH = 0x5c;

/**
 * Text from the network → one printable line of at most `maxChars` UTF-16 units, with `…` at the end if it was cut.
 * Control characters (C0, C1), line separators, bidi controls and other invisible characters become `\x1b` or
 * `\u{202e}`, invalid UTF-8 becomes `\xff`, and a backslash `\\`, so the result is unambiguous and cannot forge a log line.
 */
export function escapeText(text: Uint8Array | string, maxChars: number): string {
  const bytes =
    typeof text === 'string' ? undefined : Buffer.from(text.buffer, text.byteOffset, text.byteLength);
  const length = text.length;
  let line = '';
  for (let at = 0; at < length; ) {
    const char = bytes === undefined ? charAt(text as string, at) : utf8At(bytes, at);
    const shown = char === '' ? hexByte(bytes?.[at] as number) : escapeChar(char);
    at += char === '' ? 1 : bytes === undefined ? char.length : Buffer.byteLength(char);
    if (line.length + shown.length > maxChars - (at < length ? 1 : 0)) return cut(line, maxChars);
    line += shown;
  }
  return line;
}

/**
 * Whether bytes read as text: UTF-8 with at least one visible character, and no control characters but tabs, line ends
 * and a terminating NUL. Such text is not safe to print: use `escapeText`.
 */
export function isText(bytes: Uint8Array): boolean {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  // The decoder returns U+FFFD for invalid UTF-8.
  return !text.includes('\ufffd') && VISIBLE.test(text) && TEXT.test(text);
}

/** A lone surrogate counts as one character, which is not printable. */
function charAt(text: string, at: number): string {
  return String.fromCodePoint(text.codePointAt(at) as number);
}

/** The character whose UTF-8 begins at `at`, or '' if the bytes there are invalid. */
function utf8At(bytes: Buffer, at: number): string {
  const lead = bytes[at] as number;
  if (lead < 0x80) return String.fromCharCode(lead);
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  const char = bytes.toString('utf8', at, at + length);
  // The decoder returns U+FFFD for each invalid part; a genuine U+FFFD (EF BF BD) is shown as its bytes, too.
  return char.includes('\ufffd') || Buffer.byteLength(char) !== length ? '' : char;
}

function escapeChar(char: string): string {
  const code = char.codePointAt(0) as number;
  if (code === BACKSLASH) return '\\\\';
  if (PRINTABLE.test(char)) return char;
  return code < 0x80 ? hexByte(code) : `\\u{${code.toString(16)}}`;
}

function hexByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

function cut(line: string, maxChars: number): string {
  return maxChars > 0 ? `${line}…` : '';
}
