import { formatIp, parseIp } from '../../address/ip.ts';
import { unmapped } from '../../address/v4-mapped.ts';
import { type ForwardedElement, parseForwarded, quoted } from './forwarded-elements.ts';
import { isHost } from './request-target.ts';

/** What a request itself says of who came before it: raw values, in the order in which they came. */
export interface ChainFields {
  readonly xForwardedFor: string[];
  readonly forwarded: string[];
  readonly port: string[];
  readonly proto: string[];
  readonly host: string[];
}

/** How the first of a chain was reached, as far as the chain says it in the fields of one form. */
interface Reached {
  readonly proto: string | undefined;
  readonly host: string | undefined;
  readonly port: string | undefined;
}

/** What a chain says, in both forms. */
export interface Chain {
  /** Of `X-Forwarded-For`, no element empty. */
  readonly addresses: readonly string[];
  /** Of `Forwarded`, no element empty. */
  readonly elements: readonly string[];
  /** What `X-Forwarded-Proto`, `-Host` and `-Port` say. */
  readonly reached: Reached;
  /** The same as pairs of `Forwarded`, where that has not said it: for the first element. */
  readonly added: string;
  /** It says something of how its first one was reached: what it leaves out nobody knows. */
  readonly saysHow: boolean;
}

/**
 * Reads a chain in both forms. An application reads one of them, and which one is its own choice: what only one form says is
 * said in the other too. What both say stays as each says it.
 */
export function chainOf(fields: ChainFields): Chain {
  const addresses = listOf(fields.xForwardedFor);
  const elements = parseForwarded(fields.forwarded);
  const x = { proto: firstOf(fields.proto), host: firstOf(fields.host), port: firstOf(fields.port) };
  const f = reachedBy(elements);
  const host = x.host ?? f.host;
  return {
    addresses: addresses.length > 0 ? addresses : elements.map(addressIn),
    elements: elements.length > 0 ? elements.map(({ text }) => text) : addresses.map(elementOf),
    reached: { proto: x.proto ?? f.proto, host, port: x.port ?? portOf(host) },
    added: [f.proto === undefined ? protoPair(x.proto) : '', f.host === undefined ? hostPair(x) : ''].join(
      '',
    ),
    saysHow: [x.proto, x.host, x.port, f.proto, f.host].some((said) => said !== undefined),
  };
}

/** `X-Forwarded-For` → elements of `Forwarded` that say the same; what is no address is `unknown`. */
export function forwardedOf(xForwardedFor: readonly string[]): string[] {
  return listOf(xForwardedFor).map(elementOf);
}

/** `Forwarded` → the addresses of `X-Forwarded-For`; an element that names none is `unknown`. */
export function xForwardedForOf(forwarded: readonly string[]): string[] {
  return parseForwarded(forwarded).map(addressIn);
}

function elementOf(text: string): string {
  const ip = addressOf(text);
  if (ip === undefined) return 'for=unknown';
  return ip.includes(':') ? `for="[${ip}]"` : `for=${ip}`;
}

function addressIn({ pairs }: ForwardedElement): string {
  return addressOf(pairs.get('for') ?? '') ?? 'unknown';
}

/** The first that says it, from the left: so Spring and Jetty read it. */
function reachedBy(elements: readonly ForwardedElement[]): Reached {
  const first = (name: string, isOne: (value: string) => boolean) =>
    elements.map(({ pairs }) => pairs.get(name) ?? '').find((value) => value !== '' && isOne(value));
  return { proto: first('proto', isScheme), host: first('host', isHost), port: undefined };
}

function isScheme(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*$/i.test(value);
}

/** Of a list its first element: proxies that append begin with how the client was reached. */
function firstItem(value: string | undefined): string {
  return (value ?? '').split(',', 1)[0]!.trim();
}

function protoPair(value: string | undefined): string {
  const proto = firstItem(value).toLowerCase();
  return isScheme(proto) ? `;proto=${proto}` : '';
}

/** With the port where that is known, and not what the scheme says anyway. */
function hostPair({ proto, host: value, port: portValue }: Reached): string {
  const host = firstItem(value);
  if (host === '' || !isHost(host)) return '';
  const port = firstItem(portValue);
  const usual = proto?.toLowerCase().startsWith('https') ? '443' : '80';
  const isNamed = portOf(host) !== undefined || port === usual || !/^\d{1,5}$/.test(port);
  return `;host=${quoted(isNamed ? host : `${host}:${port}`)}`;
}

function portOf(host: string | undefined): string | undefined {
  return /^(?:[^:,]+|\[[^\]]*\]):(\d{1,5})$/.exec(host ?? '')?.[1];
}

/** The elements of a list in several fields; empty ones are none (RFC 9110 §5.6.1). */
function listOf(values: readonly string[]): string[] {
  return values
    .flatMap((value) => value.split(','))
    .map((text) => text.trim())
    .filter((text) => text !== '');
}

function firstOf(values: readonly string[]): string | undefined {
  return values.map((value) => value.trim()).find((value) => value !== '');
}

/** The address in `1.2.3.4`, `1.2.3.4:80`, `::1`, `[::1]` or `[::1]:80`, as text. */
function addressOf(text: string): string | undefined {
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1];
  const ip = parseIp(bracketed ?? text) ?? parseIp(/^([\d.]+):\d+$/.exec(text)?.[1] ?? '');
  return ip === undefined ? undefined : formatIp(unmapped(ip));
}
