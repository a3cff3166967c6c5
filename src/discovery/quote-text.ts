const MAX_SHOWN = 200;

/** Text from the network → quoted text for a log: bounded, and printable ASCII only. */
export function quoteText(text: string): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const cut = text
    .slice(0, MAX_SHOWN)
    .replace(/["\\]/g, '\\$&')
    .replace(/[^\x20-\x7e]/g, escaped);
  return `"${cut}${text.length > MAX_SHOWN ? '…' : ''}"`;
}

const MAX_ITEMS = 8;

/** The first items of a list and the number of the others. The caller bounds the length of each item. */
export function listSome(items: readonly string[]): string {
  const more = items.length > MAX_ITEMS ? ` and ${items.length - MAX_ITEMS} more` : '';
  return `${items.slice(0, MAX_ITEMS).join(', ')}${more}`;
}
