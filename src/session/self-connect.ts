import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { parseIp } from '../address/ip.ts';
import type { Endpoint } from '../endpoints/snapshot.ts';
import type { Address } from './client.ts';

/** How old the list of this machine's addresses may be. */
const STALE_MS = 60_000;
const RANGE = '/proc/sys/net/ipv4/ip_local_port_range';
/** If the system does not say: any port that needs no privilege. */
const ANY_PORT: PortRange = [1024, 65_535];

type PortRange = readonly [first: number, last: number];

/** What is asked of the machine. */
export interface OwnMachine {
  /** Its ephemeral ports. */
  readonly ports: () => PortRange;
  readonly addresses: () => readonly Uint8Array[];
  readonly now: () => number;
}

/**
 * A dial to a local port that nobody listens on may connect to itself, if the port is in the range of ephemeral ports: the kernel
 * binds the socket to that very port, and TCP takes it for a simultaneous open. It then echoes what it is sent, and the application
 * cannot bind its port. So after a dial to such an endpoint both ends are compared.
 */
export class SelfConnects {
  readonly #machine: OwnMachine;
  readonly #ports: PortRange;
  #addresses: readonly Uint8Array[] = [];
  #readAtMs = Number.NEGATIVE_INFINITY;
  /** Whether an endpoint is on this machine, by the current list. */
  #own = new WeakMap<Endpoint, boolean>();

  constructor(machine: OwnMachine) {
    this.#machine = machine;
    this.#ports = machine.ports();
  }

  /** True if a dial to this endpoint has to be checked. `chosen`: it is made from a port that the kernel did not choose. */
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

/** True if our end of a connection to the endpoint is the endpoint itself. */
export function isSelfConnect({ ip, port }: Endpoint, local: Address | null | undefined): boolean {
  if (local === null || local === undefined || local.port !== port) return false;
  // The kernel takes 0.0.0.0 for the address that it dials from, and :: for loopback.
  if (isUnspecified(ip)) return ip.length === 4 || isLoopback(local.ip);
  return Buffer.compare(local.ip, ip) === 0;
}

/** The ephemeral ports by the kernel's own `text`. */
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

/** Of this machine. The range of ports is read once a thread. */
export const selfConnects = new SelfConnects({
  ports: () => localPorts(readRange()),
  addresses: ownAddresses,
  now: () => performance.now(),
});
