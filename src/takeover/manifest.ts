import { addressText } from '../address/address-text.ts';
import { parseAddress } from '../address/socket-address.ts';
import type { HeldSocket } from '../plan/held-socket.ts';
import { TAKE_OVER_VERSION } from './protocol.ts';

/** What the manifest says of one descriptor. The descriptors follow in the order of the entries. */
export type ManifestEntry = Omit<HeldSocket, 'fd'>;

/** 16 MiB: at 100 bytes an entry more sockets than a process can have. */
export const MOST_MANIFEST_BYTES = 16 * 2 ** 20;

/**
 * The manifest of a take-over, JSON in UTF-8: `{version, listeners: [{name, address, protocol, worker}]}`. The address is
 * written as on the command line, and so tells `:80` (both families) from `[::]:80` (IPv6 alone) and `0.0.0.0:80`.
 */
export function formatManifest(sockets: readonly ManifestEntry[]): Uint8Array {
  const listeners = sockets.map(({ name, address, worker }) => {
    return { name, address: addressText(address), protocol: address.kind, worker };
  });
  return Buffer.from(JSON.stringify({ version: TAKE_OVER_VERSION, listeners }));
}

/** What is wrong with a manifest: one sentence. */
export interface ManifestProblem {
  readonly problem: string;
}

/**
 * Reads a manifest strictly: an entry that cannot be understood refuses all of it. Keys that are not known are ignored, so that a
 * later Herald may add some to this version.
 */
export function parseManifest(bytes: Uint8Array): readonly ManifestEntry[] | ManifestProblem {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return { problem: 'the manifest is not JSON' };
  }
  if (!isRecord(value)) return { problem: `the manifest must be an object, got ${show(value)}` };
  // The version before anything else: another one may look otherwise.
  const { version, listeners } = value;
  if (version !== TAKE_OVER_VERSION) {
    return {
      problem: `the manifest has version ${show(version)}, this process knows version ${TAKE_OVER_VERSION}`,
    };
  }
  if (!Array.isArray(listeners)) return { problem: `"listeners" must be a list, got ${show(listeners)}` };
  const entries: ManifestEntry[] = [];
  for (const [at, each] of listeners.entries()) {
    const entry = parseEntry(each);
    if ('problem' in entry) return { problem: `entry ${at} of the manifest: ${entry.problem}` };
    entries.push(entry);
  }
  return entries;
}

function parseEntry(value: unknown): ManifestEntry | ManifestProblem {
  if (!isRecord(value)) return { problem: `expected an object, got ${show(value)}` };
  const { name, address: text, protocol, worker } = value;
  if (typeof name !== 'string' || name === '')
    return { problem: `"name" must be a text that is not empty, got ${show(name)}` };
  if (typeof text !== 'string') return { problem: `"address" must be a text, got ${show(text)}` };
  if (protocol !== 'tcp' && protocol !== 'unix')
    return { problem: `"protocol" must be "tcp" or "unix", got ${show(protocol)}` };
  if (typeof worker !== 'number' || !Number.isSafeInteger(worker) || worker < 0)
    return { problem: `"worker" must be an integer of at least 0, got ${show(worker)}` };
  const address = parseAddress(text);
  if ('problem' in address) return { problem: `"address": ${address.problem}` };
  // Other spellings of an address would be compared with those of the configuration, and differ.
  if (addressText(address) !== text)
    return { problem: `"address" must be written ${show(addressText(address))}, got ${show(text)}` };
  if (address.kind !== protocol)
    return { problem: `"protocol" is ${show(protocol)}, but "address" is ${show(text)}` };
  return { name, address, worker };
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The start of a value, for a sentence. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
