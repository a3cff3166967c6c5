import { errnoName } from '../linux/errno.ts';
import type { Log } from '../observe/log.ts';
import { HostAddresses } from '../proxy/host-addresses.ts';
import { StartError } from '../proxy/start-error.ts';
import { openNetlink } from './open-netlink.ts';
import { type HostSets, readHostAddresses } from './read-host-addresses.ts';
import { probeTransparent } from './transparent-probe.ts';

/** How often this host is asked for its addresses: so long may a new one be claimed by a client. */
const LOOK_MS = 1000;

/** What transparent listeners have to know of this host, kept up to date while there are any. */
export class TransparentHost {
  readonly #netlink = openNetlink('--present transparent');
  readonly #addresses: HostAddresses;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #known: HostSets | null = null;
  #failed = false;

  /** `host` is the memory of `HostAddresses`. */
  constructor(host: Uint32Array, log: Log) {
    this.#addresses = new HostAddresses(host);
    this.#log = log;
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  /** Throws a `StartError` where something is missing. */
  check(families: ReadonlySet<4 | 6>): void {
    for (const family of families) probeTransparent(this.#netlink, family);
    const failure = this.#read();
    if (failure !== null) throw new StartError('host_addresses', failure);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#netlink.close();
  }

  #look(): void {
    const failure = this.#read();
    if (failure !== null && !this.#failed) this.#log.error({}, `${failure}; those known before go on`);
    this.#failed = failure !== null;
  }

  #read(): string | null {
    const found = readHostAddresses(this.#netlink);
    if (typeof found === 'number')
      return `the addresses of this host could not be read: ${errnoName(-found)}`;
    if (this.#known !== null && same(found, this.#known)) return null;
    if (!this.#addresses.replace(found.own, found.shared)) return 'this host has too many addresses';
    this.#known = found;
    return null;
  }
}

function same(one: HostSets, other: HostSets): boolean {
  return equal(one.own, other.own) && equal(one.shared, other.shared);
}

function equal(one: Uint32Array, other: Uint32Array): boolean {
  return one.length === other.length && one.every((word, at) => word === other[at]);
}
