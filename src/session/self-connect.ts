import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { parseIp } from '../address/ip.ts';
import type { Endpoint } from '../endpoints/snapshot.ts';
import type { Address } from './client.ts';

/** How old what is known of this machine's addresses may be. */
const STALE_MS = 60_000;
const RANGE = '/proc/sys/net/ipv4/ip_local_port_range';
/** Where the system does not say: a port of ours may be any that needs no privilege. */
const ANY_PORT: PortRange = [1024, 65_535];

type PortRange = readonly [first: number, last: number];

/** What the machine says of itself. */
export interface OwnMachine {
  /** From which ports it dials. */
  readonly ports: () => PortRange;
  readonly addresses: () => readonly Uint8Array[];
  readonly now: () => number;
}

/**
 * A dial of a port of this machine that nobody listens on may come out at itself, where that port is also one to dial from:
 * the kernel gives the socket that very port, and TCP takes that for two ends that meet. It then echoes what it is sent, and keeps
 * the port from the application. So whoever dials such an endpoint looks whether both of its ends are the same.
 */
export class SelfConnects {
  readonly #machine: OwnMachine;
  readonly #ports: PortRange;
  #addresses: readonly Uint8Array[] = [];
  #readAtMs = Number.NEGATIVE_INFINITY;
  /** Whether an endpoint is of this machine, as long as what is known of that holds. */
  #own = new WeakMap<Endpoint, boolean>();

  constructor(machine: OwnMachine) {
    this.#machine = machine;
    this.#ports = machine.ports();
  }

  /** True where a dial of this endpoint has to be looked at. `chosen`: from a port that is not the kernel's choice. */
  possible(endpoint: Endpoint, chosen = false): boolean {
    const { port, path } = endpoint;
    if (path !== null || !(chosen || (port >= this.#ports[0] && port <= this.#ports[1]))) return false;
    return isLoopback(endpoint.ip) || isUnspecified(endpoint.ip) || this.#isOwn(endpoint);
  }

  #isOwn(endpoint: Endpoint): boolean {
    const nowMs = this.#machine.now();
    if (nowMs - this.#readAtMs >= STALE_MS) {
      this.#readAtMs = nowMs;
      this.#addresses = this.#machine.addresses();
      this.#own = new WeakMap();
    }
    let own = this.#own.get(endpoint);
    if (own === undefined) {
      own = this.#addresses.some((ip) => Buffer.compare(ip, endpoint.ip) === 0);
      this.#own.set(endpoint, own);
    }
    return own;
  }
}

/** True where our end of a connection to the endpoint is the endpoint itself. */
export function isSelfConnect({ ip, port }: Endpoint, local: Address | null | undefined): boolean {
  if (local === null || local === undefined || local.port !== port) return false;
  // The kernel takes 0.0.0.0 for the address that it dials from, and :: for loopback.
  if (isUnspecified(ip)) return ip.length === 4 || isLoopback(local.ip);
  return Buffer.compare(local.ip, ip) === 0;
}

/** Those of the machine that we run on; `text` is what its kernel says of its range of ports. */
export function localPorts(text: string | null): PortRange {
  const [first = Number.NaN, last = Number.NaN] = text?.trim().split(/\s+/).map(Number) ?? [];
  return Number.isInteger(first) && Number.isInteger(last) ? [first, last] : ANY_PORT;
}

function isLoopback(ip: Uint8Array): boolean {
  return ip.length === 4 ? ip[0] === 127 : ip.every((byte, at) => byte === (at === 15 ? 1 : 0));
}

function isUnspecified(ip: Uint8Array): boolean {
  return ip.every((byte) => byte === 0);
}

function readRange(): string | null {
  try {
    return readFileSync(RANGE, 'utf8');
  } catch {
    return null;
  }
}

function ownAddresses(): Uint8Array[] {
  const all = Object.values(networkInterfaces()).flatMap((some) => some ?? []);
  return all.flatMap(({ address }) => parseIp(address) ?? []);
}

/** Of this machine; what is fixed is read once a thread. */
export const selfConnects = new SelfConnects({
  ports: () => localPorts(readRange()),
  addresses: ownAddresses,
  now: () => performance.now(),
});
