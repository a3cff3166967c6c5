import { formatIp, parseIp } from '../../address/ip.ts';
import { unmapped } from '../../address/v4-mapped.ts';
import { type ForwardedElement, parseForwarded, quoted } from './forwarded-elements.ts';
import { isHost } from './request-target.ts';

/** The fields of a request that describe its earlier hops: raw values in their order. */
export interface ChainFields {
  readonly xForwardedFor: string[];
  readonly forwarded: string[];
  readonly port: string[];
  readonly proto: string[];
  readonly host: string[];
}

/** How the client reached the first proxy of a chain, as far as the fields of one form say. */
interface Reached {
  readonly proto: string | undefined;
  readonly host: string | undefined;
  readonly port: string | undefined;
}

/** A chain of earlier hops, in both forms. */
export interface Chain {
  /** The elements of `X-Forwarded-For`, without empty ones. */
  readonly addresses: readonly string[];
  /** The elements of `Forwarded`, without empty ones. */
  readonly elements: readonly string[];
  /** The values for `X-Forwarded-Proto`, `-Host` and `-Port`. */
  readonly reached: Reached;
  /** The same as pairs for the first element of `Forwarded`, as far as that does not have them. */
  readonly added: string;
  /** The chain says something about scheme, host or port. What it leaves out is unknown. */
  readonly saysHow: boolean;
}

/**
 * Reads a chain in both forms. An application may read either form, so facts that only one form has are added to the other.
 * Facts that both have are left as they are.
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

/** `X-Forwarded-For` → equivalent elements of `Forwarded`; anything but an address is `unknown`. */
export function forwardedOf(xForwardedFor: readonly string[]): string[] {
  return listOf(xForwardedFor).map(elementOf);
}

/** `Forwarded` → the addresses of `X-Forwarded-For`; an element without an address is `unknown`. */
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

/** The first element from the left that has the value, as Spring and Jetty read it. */
function reachedBy(elements: readonly ForwardedElement[]): Reached {
  const first = (name: string, isOne: (value: string) => boolean) =>
    elements.map(({ pairs }) => pairs.get(name) ?? '').find((value) => value !== '' && isOne(value));
  return { proto: first('proto', isScheme), host: first('host', isHost), port: undefined };
}

function isScheme(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*$/i.test(value);
}

/** The first element of a list: proxies that append put the client's own value first. */
function firstItem(value: string | undefined): string {
  return (value ?? '').split(',', 1)[0]!.trim();
}

function protoPair(value: string | undefined): string {
  const proto = firstItem(value).toLowerCase();
  return isScheme(proto) ? `;proto=${proto}` : '';
}

/** The host, with the port if that is known and not the default of the scheme. */
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

/** The elements of a list in several fields, without empty ones (RFC 9110 §5.6.1). */
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
