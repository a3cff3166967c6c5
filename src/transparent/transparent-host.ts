import { errnoName } from '../linux/errno.ts';
import type { Log } from '../observe/log.ts';
import { StartError } from '../plan/start-error.ts';
import { ROUTES_CELL } from '../session/transparent-rules.ts';
import { HostAddresses } from '../shared-memory/host-addresses.ts';
import type { SharedState } from '../shared-memory/shared-state.ts';
import { type HostSets, readHostAddresses } from './read-host-addresses.ts';
import { hasRoutes, probeBind } from './transparent-probe.ts';
import { openNetlink } from './transparent-routes.ts';

/**
 * How often this host's addresses and routes are read. For this long a client may claim an address that the host has just
 * been given. One reading costs some tens of microseconds.
 */
const LOOK_MS = 1000;

/** Keeps up to date what transparent listeners need to know about this host: its addresses, and whether the routes exist. */
export class TransparentHost {
  readonly #netlink = openNetlink('--present transparent');
  readonly #addresses: HostAddresses;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #known: HostSets | null = null;
  readonly #routesMissing: Int32Array;
  #families: ReadonlySet<4 | 6> = new Set();
  #failed = false;

  constructor({ host, routesMissing }: Pick<SharedState, 'host' | 'routesMissing'>, log: Log) {
    this.#addresses = new HostAddresses(host);
    this.#routesMissing = routesMissing;
    this.#log = log;
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  /**
   * Endpoints are of these families from now on. Throws a `StartError` if this process lacks a right. Missing routes are a
   * warning instead: they can be added and lost while Herald runs, from outside.
   */
  check(families: ReadonlySet<4 | 6>): void {
    for (const family of families) probeBind(family);
    this.#families = families;
    this.#lookAtRoutes();
    const failure = this.#read();
    if (failure !== null) throw new StartError('host_addresses', failure);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#netlink.close();
  }

  #look(): void {
    this.#lookAtRoutes();
    const failure = this.#read();
    if (failure !== null && !this.#failed) this.#log.error({}, `${failure}; keeping those read before`);
    this.#failed = failure !== null;
  }

  #lookAtRoutes(): void {
    for (const family of [4, 6] as const) {
      const missing = this.#families.has(family) && !hasRoutes(this.#netlink, family) ? 1 : 0;
      if (Atomics.exchange(this.#routesMissing, ROUTES_CELL.loopback[family], missing) === missing) continue;
      if (missing === 1) this.#log.warn({ family }, routesMissingText(family));
      else if (this.#families.has(family))
        this.#log.info({ family }, `--present transparent: the routes for IPv${family} exist again`);
    }
  }

  #read(): string | null {
    const found = readHostAddresses(this.#netlink);
    if (typeof found === 'number') return `cannot read the addresses of this host: ${errnoName(-found)}`;
    if (this.#known !== null && same(found, this.#known)) return null;
    if (!this.#addresses.replace(found.own, found.shared))
      return 'this host has too many addresses for the table of them';
    this.#known = found;
    return null;
  }
}

function routesMissingText(family: 4 | 6): string {
  return `--present transparent: the routes for IPv${family} are missing; run "herald routes up" in this network namespace, as UID 0 with CAP_NET_ADMIN (in a pod: an init container). Until then the answers of endpoints on loopback leave this host, and connects to them time out`;
}

function same(one: HostSets, other: HostSets): boolean {
  return equal(one.own, other.own) && equal(one.shared, other.shared);
}

function equal(one: Uint32Array, other: Uint32Array): boolean {
  return one.length === other.length && one.every((word, at) => word === other[at]);
}
