import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { parseIp } from '../address/ip.ts';
import type { OwnMachine, PortRange } from '../session/self-connect.ts';

const RANGE_FILE = '/proc/sys/net/ipv4/ip_local_port_range';
/** The range if the system does not report one: all unprivileged ports. */
const ANY_PORT: PortRange = [1024, 65_535];

/** The machine that this thread runs on, as its engine sees it. */
export function ownMachine(now: () => number): OwnMachine {
  return { ports: () => localPorts(readRange()), addresses: ownAddresses, now };
}

/** The range of ephemeral ports; `text` is the kernel's report of it. */
export function localPorts(text: string | null): PortRange {
  const [first = Number.NaN, last = Number.NaN] = text?.trim().split(/\s+/).map(Number) ?? [];
  return Number.isInteger(first) && Number.isInteger(last) ? [first, last] : ANY_PORT;
}

function readRange(): string | null {
  try {
    return readFileSync(RANGE_FILE, 'utf8');
  } catch {
    return null;
  }
}

function ownAddresses(): Uint8Array[] {
  const all = Object.values(networkInterfaces()).flatMap((some) => some ?? []);
  return all.flatMap(({ address }) => parseIp(address) ?? []);
}
