import type { Endpoint, Snapshot } from '../../endpoints/snapshot.ts';
import { type PackedHops, packHops, unpackHop } from './packed-hops.ts';

/**
 * A snapshot as it is posted to a thread: in columns. Ten thousand endpoints as objects take tens of milliseconds to post, and
 * as many to receive in every worker; as columns they take one.
 */
export interface PackedSnapshot extends Omit<Snapshot, 'endpoints'> {
  readonly slots: Int32Array;
  readonly ports: Uint16Array;
  /** `IP_BYTES` each: its length, then the address. */
  readonly ips: Uint8Array;
  /** Joined by NUL, which neither an address nor a path contains. The text of a unix socket contains its path. */
  readonly texts: string;
  readonly hops: PackedHops | null;
}

/** 17 = 1 of length + 16 of an IPv6 address. */
const IP_BYTES = 17;
const UNIX = 'unix:';

const packed = new WeakMap<Snapshot, PackedSnapshot>();

/** Packs a snapshot. A second call for the same one gives the same result, so all workers share the work. */
export function packSnapshot(snapshot: Snapshot): PackedSnapshot {
  const known = packed.get(snapshot);
  if (known !== undefined) return known;
  const { endpoints, ...rest } = snapshot;
  const slots = new Int32Array(endpoints.length);
  const ports = new Uint16Array(endpoints.length);
  const ips = new Uint8Array(endpoints.length * IP_BYTES);
  for (const [index, { slot, port, ip }] of endpoints.entries()) {
    slots[index] = slot;
    ports[index] = port;
    ips[index * IP_BYTES] = ip.length;
    ips.set(ip, index * IP_BYTES + 1);
  }
  const made = {
    ...rest,
    slots,
    ports,
    ips,
    texts: endpoints.map(({ text }) => text).join('\0'),
    hops: packHops(endpoints),
  };
  packed.set(snapshot, made);
  return made;
}

/** The inverse of `packSnapshot`. */
export function unpackSnapshot({ slots, ports, ips, texts, hops, ...rest }: PackedSnapshot): Snapshot {
  const all = slots.length === 0 ? [] : texts.split('\0');
  const endpoints = all.map((text, index): Endpoint => {
    const at = index * IP_BYTES + 1;
    const ip = ips.slice(at, at + ips[at - 1]!);
    const path = ip.length === 0 ? text.slice(UNIX.length) : null;
    return { slot: slots[index]!, ip, port: ports[index]!, path, text, ...unpackHop(hops, index) };
  });
  return { ...rest, endpoints };
}
