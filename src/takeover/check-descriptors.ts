import { addressText } from '../address/address-text.ts';
import { formatSocketAddress } from '../address/socket-address.ts';
import { errnoName } from '../linux/errno.ts';
import type { BoundName, SocketFacts } from '../linux/socket-facts.ts';
import type { ListenAddress } from '../plan/plan.ts';
import type { ManifestEntry } from './manifest.ts';

/**
 * Compares each descriptor with its entry: a listening stream socket, bound to just that address. `facts` are those of
 * `socketFacts`, a number is its errno. One sentence for the first that does not fit, or null.
 */
export function checkDescriptors(
  entries: readonly ManifestEntry[],
  facts: readonly (SocketFacts | number)[],
): string | null {
  if (facts.length !== entries.length) {
    return `the manifest has ${count(entries.length, 'entry', 'entries')}, but ${count(facts.length, 'descriptor', 'descriptors')} came`;
  }
  for (const [at, entry] of entries.entries()) {
    const defect = defectOf(entry.address, facts[at]!);
    if (defect !== null)
      return `descriptor ${at}, listener "${entry.name}" on ${addressText(entry.address)}, ${defect}`;
  }
  return null;
}

function defectOf(address: ListenAddress, facts: SocketFacts | number): string | null {
  if (typeof facts === 'number') return `is no socket (${errnoName(-facts)})`;
  if (!facts.isStream) return 'is no stream socket';
  if (!facts.isListening) return 'does not listen';
  if (!isBoundTo(address, facts)) return `is bound to ${boundText(facts)}`;
  return null;
}

function isBoundTo(address: ListenAddress, { family, isV6Only, bound }: SocketFacts): boolean {
  if (address.kind === 'unix') return bound.kind === 'unix' && bound.path === address.path;
  if (bound.kind !== 'tcp' || bound.port !== address.port) return false;
  const { ip } = address;
  // `:port` is :: for both families, or 0.0.0.0 on a machine without IPv6.
  if (ip === null) return isAny(bound.ip) && (family === 'ipv6' ? !isV6Only : family === 'ipv4');
  if (ip.length === 4) return family === 'ipv4' && isSame(ip, bound.ip);
  // Of one address of IPv6 the option says nothing, whoever has bound it; of all addresses it decides.
  return family === 'ipv6' && isSame(ip, bound.ip) && (isV6Only || !isAny(ip));
}

function boundText({ family, isV6Only, bound }: SocketFacts): string {
  const name = boundName(bound);
  if (bound.kind !== 'tcp' || family !== 'ipv6' || !isAny(bound.ip)) return name;
  return isV6Only ? `${name} of IPv6 alone` : `${name} of both families`;
}

function boundName(bound: BoundName): string {
  if (bound.kind === 'tcp') return formatSocketAddress(bound.ip, bound.port);
  return bound.kind === 'unix' ? `unix:${bound.path}` : 'nothing';
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function isAny(ip: Uint8Array): boolean {
  return ip.every((byte) => byte === 0);
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
