import type { SslFacts } from '../wire/index.ts';
import { escapeText, parseSsl } from '../wire/index.ts';

/** `SslFacts` with its text escaped and its certificate in hexadecimal. */
export type InspectedSsl = Omit<SslFacts, 'clientCert'> & { readonly clientCert?: string };

const MAX_CHARS = 256;

/** The facts of an SSL TLV's value for JSON, or null where they are unreadable. */
export function inspectSsl(value: Uint8Array): InspectedSsl | null {
  const facts = parseSsl(value);
  if (facts === undefined) return null;
  const shown = Object.entries(facts).map(([fact, it]: [string, SslFacts[keyof SslFacts]]) => [
    fact,
    typeof it === 'string'
      ? escapeText(it, MAX_CHARS)
      : it instanceof Uint8Array
        ? Buffer.from(it).toString('hex')
        : it,
  ]);
  return Object.fromEntries(shown) as InspectedSsl;
}
