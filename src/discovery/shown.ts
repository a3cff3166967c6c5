const MAX_SHOWN = 200;

/** Text from the network as a log may hold it: bounded, quoted, and nothing in it but printable ASCII. */
export function shown(text: string): string {
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const cut = text
    .slice(0, MAX_SHOWN)
    .replace(/["\\]/g, '\\$&')
    .replace(/[^\x20-\x7e]/g, escaped);
  return `"${cut}${text.length > MAX_SHOWN ? '…' : ''}"`;
}

const MAX_ITEMS = 8;

/** The first of a list that may be long, and how many there are besides. Each has to be bounded already. */
export function shownSome(items: readonly string[]): string {
  const more = items.length > MAX_ITEMS ? ` and ${items.length - MAX_ITEMS} more` : '';
  return `${items.slice(0, MAX_ITEMS).join(', ')}${more}`;
}
