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
