import type { Endpoint } from '../endpoints/snapshot.ts';
import type { Address } from './client.ts';
import { isLoopback } from './presentable-client.ts';

/** How old the known addresses of this machine may be. */
const STALE_MS = 60_000;

export type PortRange = readonly [first: number, last: number];

/** What an engine needs to know about its machine. */
export interface OwnMachine {
  /** The kernel's range of ephemeral ports, both ends included. Called once. */
  readonly ports: () => PortRange;
  readonly addresses: () => readonly Uint8Array[];
  readonly now: () => number;
}

/**
 * A connect to a port of this machine without a listener can connect the socket to itself, if the kernel chooses the same port as the
 * local one (TCP's simultaneous open). Such a socket echoes what it is sent, and the application cannot bind the port. So after a
 * dial to such an endpoint, an engine checks whether both ends are the same (`isSelfConnect`).
 */
export class SelfConnects {
  readonly #machine: OwnMachine;
  /** The kernel's range of ephemeral ports. */
  readonly ports: PortRange;
  #addresses: readonly Uint8Array[] = [];
  #readAtMs = Number.NEGATIVE_INFINITY;
  /** Cache: whether an endpoint is on this machine. Cleared when the addresses are read again. */
  #own = new WeakMap<Endpoint, boolean>();

  constructor(machine: OwnMachine) {
    this.#machine = machine;
    this.ports = machine.ports();
  }

  /** True if a connection to this endpoint has to be checked. `chosen`: the local port was bound, not chosen by the kernel. */
  possible(endpoint: Endpoint, chosen = false): boolean {
    const { port, path } = endpoint;
    if (path !== null || !(chosen || (port >= this.ports[0] && port <= this.ports[1]))) return false;
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

/** True if our own address of a connection is that of the endpoint. */
export function isSelfConnect({ ip, port }: Endpoint, local: Address | null | undefined): boolean {
  if (local === null || local === undefined || local.port !== port) return false;
  // A connect to 0.0.0.0 goes to the address that it comes from, one to :: goes to loopback.
  if (isUnspecified(ip)) return ip.length === 4 || isLoopback(local.ip);
  return Buffer.compare(local.ip, ip) === 0;
}

function isUnspecified(ip: Uint8Array): boolean {
  return ip.every((byte) => byte === 0);
}
