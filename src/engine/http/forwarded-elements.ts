/** One element of `Forwarded` (RFC 7239 §4): one hop. */
export interface ForwardedElement {
  /** As received, to be passed on. */
  readonly text: string;
  /** Values by their names in lower case, without quotes. */
  readonly pairs: ReadonlyMap<string, string>;
}

/** Replaces an element whose quotes are not closed: it would swallow the elements after it. */
const UNKNOWN: ForwardedElement = { text: 'for=unknown', pairs: new Map() };

/** The elements of all values in order, without empty ones. Linear in the length. */
export function parseForwarded(values: readonly string[]): ForwardedElement[] {
  return values.flatMap((value) => splitAt(',', value)).flatMap((part) => elementOf(part));
}

function elementOf(part: string): ForwardedElement[] {
  const text = trimBlanks(part);
  if (text === '') return [];
  if (!closesQuotes(text)) return [UNKNOWN];
  const pairs = new Map<string, string>();
  for (const pair of splitAt(';', text)) {
    const equals = pair.indexOf('=');
    const name = trimBlanks(pair.slice(0, Math.max(equals, 0))).toLowerCase();
    if (name !== '' && !pairs.has(name)) pairs.set(name, unquoted(trimBlanks(pair.slice(equals + 1))));
  }
  return [{ text, pairs }];
}

/** The value of a pair: unchanged if it is a token, otherwise quoted. */
export function quoted(value: string): string {
  return /^[!#$%&'*+\-.^_`|~\w]+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
}

/** Splits at separators outside quotes. In quotes a backslash escapes the next character (RFC 9110 §5.6.4). */
function splitAt(separator: string, value: string): string[] {
  const parts: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let at = 0; at < value.length; at++) {
    const character = value[at];
    if (isQuoted && character === '\\') at++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === separator && !isQuoted) {
      parts.push(value.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(value.slice(from));
  return parts;
}

function closesQuotes(text: string): boolean {
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    if (isQuoted && text[at] === '\\') at++;
    else if (text[at] === '"') isQuoted = !isQuoted;
  }
  return !isQuoted;
}

function trimBlanks(text: string): string {
  return text.replace(/^[ \t]+/, '').trimEnd();
}
