import type { CliCommand } from './command.ts';

/** What the words of usage and values mean, in the order in which they are explained. */
const WORDS: { readonly [word: string]: string } = {
  ADDR: '127.0.0.1:8080, [::1]:8080, :8080 (every address of both families) or unix:/run/app.sock. Port 0 takes a free port.',
  ENDPOINTS:
    'Addresses with a host such as 10.0.0.5:8080, dns:NAME:PORT, srv:NAME or k8s:NAMESPACE/SERVICE:PORT. Several are separated by commas, or the flag is repeated.',
  SOURCES:
    'Addresses, CIDRs such as 10.0.1.0/24, and dns:NAME, srv:NAME or k8s:NAMESPACE/SERVICE for the addresses that these have at the moment; unix for the peers of a unix socket. Several are written as ENDPOINTS are.',
  FORM: 'What --present takes. none: the bytes as they are. v1, v2: a PROXY header in front. transparent: the connection comes from the address of the client. forwarded: X-Forwarded-For and Forwarded in each HTTP request.',
  TYPE: 'The type of a TLV: a number (0xE5 or 229), or a name such as AUTHORITY.',
  duration: 'A number with its unit: 500ms, 5s, 10m or 1h.',
  size: 'A number with its unit: 4096B, 64KiB or 1MiB.',
};

/** The words that a command's usage and these flags use, each with its explanation. */
export function explainedWords(
  { usage }: CliCommand,
  flags: CliCommand['flags'],
): readonly (readonly [word: string, text: string])[] {
  const shown = [usage, ...flags.map(({ key, values = '' }) => (key === 'present' ? 'FORM' : values))];
  return Object.entries(WORDS).filter(([word]) => {
    const pattern = new RegExp(`\\b${word}\\b`);
    return shown.some((text) => pattern.test(text));
  });
}
