import { formatIp, parseIp } from '../../address/ip.ts';
import { unmapped } from '../../address/v4-mapped.ts';

/** `for=` of one element, a token or in quotes. */
const FOR = /^for=(?:"([^"]*)"|(.*))$/i;

/** `X-Forwarded-For` → elements of `Forwarded` that say the same; what is no address is `unknown`. */
export function forwardedOf(xForwardedFor: readonly string[]): string[] {
  return xForwardedFor
    .flatMap((value) => value.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .map((text) => {
      const ip = addressOf(text);
      if (ip === undefined) return 'for=unknown';
      return ip.includes(':') ? `for="[${ip}]"` : `for=${ip}`;
    });
}

/** `Forwarded` → the addresses of `X-Forwarded-For`; an element that names none is `unknown`. */
export function xForwardedForOf(forwarded: readonly string[]): string[] {
  return forwarded
    .flatMap((value) => splitAt(',', value))
    .filter((element) => element.trim() !== '')
    .map((element) => {
      const pairs = splitAt(';', element).map((pair) => FOR.exec(pair.trim()));
      const match = pairs.find((pair) => pair !== null);
      return addressOf(match?.[1] ?? match?.[2] ?? '') ?? 'unknown';
    });
}

/** The address in `1.2.3.4`, `1.2.3.4:80`, `::1`, `[::1]` or `[::1]:80`, as text. */
function addressOf(text: string): string | undefined {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1];
  const ip = parseIp(bracketed ?? text) ?? parseIp(/^([\d.]+):\d+$/.exec(text)?.[1] ?? '');
  return ip === undefined ? undefined : formatIp(unmapped(ip));
}

/** At separators that stand in no quotes. One pass: who sends the value chooses its length. */
function splitAt(separator: string, value: string): string[] {
  const parts: string[] = [];
  let from = 0;
  let quoted = false;
  for (let at = 0; at < value.length; at++) {
    if (value[at] === '"') quoted = !quoted;
    else if (value[at] === separator && !quoted) {
      parts.push(value.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(value.slice(from));
  return parts;
}
