import { createIpSet, type IpSet, ipSetHas } from '../address/ip-set.ts';
import { errnoName } from '../linux/errno.ts';
import type { Log } from '../observe/log.ts';
import { StartError } from '../plan/start-error.ts';
import { ROUTES_CELL } from '../session/transparent-rules.ts';
import { HostAddresses } from '../shared-memory/host-addresses.ts';
import type { SharedState } from '../shared-memory/shared-state.ts';
import { AttachedAddresses } from './attached-addresses.ts';
import type { HostNeeds } from './host-needs.ts';
import { readHostAddresses } from './read-host-addresses.ts';
import { attachedRoute, isAttachedNow, readNearAddresses } from './read-near-addresses.ts';
import { hasNodeRoutes, hasRoutes, probeBind, strangerFor } from './transparent-probe.ts';
import { openNetlink } from './transparent-routes.ts';

/**
 * How often this host's addresses and routes are read. For this long a client may claim an address that the host has just
 * been given. One reading costs some tens of microseconds, and milliseconds on a node whose hundreds of pods have an interface each.
 */
const LOOK_MS = 1000;
/** Routes of the main table may be many: reading them takes at most this share of the thread's time. */
const MOST_BUSY = 0.01;

/** The addresses of this host as sets of ranges. */
interface KnownSets {
  readonly own: IpSet;
  readonly shared: IpSet;
  readonly near: IpSet;
}

export interface TransparentHostParts {
  readonly log: Log;
  /** Where an address is judged to be may have changed. */
  readonly changed: () => void;
  /** Whether this node has been seen to present clients, whatever its routes seem to be. */
  readonly isProven: (family: 4 | 6) => boolean;
}

/** Keeps up to date what transparent listeners need to know about this host: its addresses, and whether the routes exist. */
export class TransparentHost {
  readonly #netlink = openNetlink('--present transparent');
  readonly #addresses: HostAddresses;
  readonly #parts: TransparentHostParts;
  readonly #timer: NodeJS.Timeout;
  readonly #routesMissing: Int32Array;
  #known: KnownSets | null = null;
  #near: IpSet = new Uint32Array(0);
  #nearReadAt = Number.NEGATIVE_INFINITY;
  #nearTookMs = 0;
  #nearTimer: NodeJS.Timeout | undefined;
  #followed: HostNeeds = { loopback: new Set(), attached: [], unnamed: [] };
  readonly #attached = new AttachedAddresses((ip) => isAttachedNow(this.#netlink, ip));
  #failed = false;

  constructor(
    { host, routesMissing }: Pick<SharedState, 'host' | 'routesMissing'>,
    parts: TransparentHostParts,
  ) {
    this.#addresses = new HostAddresses(host);
    this.#routesMissing = routesMissing;
    this.#parts = parts;
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  /** Throws a `StartError` if this process lacks a right to present clients of a family, or cannot read this host's addresses. */
  check(family: 4 | 6 | null): void {
    if (family !== null) probeBind(family);
    const failure = this.#read();
    if (failure !== null) throw new StartError('host_addresses', failure);
  }

  /** Endpoints are these from now on. Missing routes are a warning: they can be added and lost while Herald runs, from outside. */
  follow(followed: HostNeeds): void {
    this.#followed = followed;
    this.#attached.follow(followed.unnamed);
    this.#lookAtRoutes();
    this.#readNear(0);
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#nearTimer);
    this.#netlink.close();
  }

  /** Whether an address is one of this host. */
  isOwn(ip: Uint8Array): boolean {
    return this.#known !== null && ipSetHas(this.#known.own, ip);
  }

  /** Whether the answers of an endpoint come in by an interface of this host: no gateway is on the way to it. */
  isAttached(ip: Uint8Array): boolean {
    return this.#attached.has(ip);
  }

  /** Whether answers of this endpoint of the node are known to leave the host. False: they come back, or nobody can tell. */
  isUnrouted(ip: Uint8Array): boolean {
    const route = attachedRoute(this.#netlink, ip);
    return route !== null && !hasNodeRoutes(this.#netlink, ip, route.index);
  }

  /** An address that answers of this endpoint would leave the host for. */
  strangerFor(ip: Uint8Array): Uint8Array {
    return strangerFor(this.#netlink, ip);
  }

  isRouteMissing(family: 4 | 6): boolean {
    return Atomics.load(this.#routesMissing, ROUTES_CELL.node[family]) === 1;
  }

  #look(): void {
    this.#lookAtRoutes();
    // Routes to endpoints come and go, and with them what such an endpoint is to this node.
    if (this.#attached.look()) this.#parts.changed();
    this.#readNear(LOOK_MS);
    const failure = this.#read();
    if (failure !== null && !this.#failed) this.#parts.log.error({}, `${failure}; keeping those read before`);
    this.#failed = failure !== null;
  }

  #lookAtRoutes(): void {
    const { loopback, attached } = this.#followed;
    for (const family of [4, 6] as const) {
      const isNeeded = loopback.has(family);
      const isMissing = isNeeded && !hasRoutes(this.#netlink, family);
      this.#note(ROUTES_CELL.loopback[family], isMissing, isNeeded, family, LOOPBACK_TEXTS);
      const first = attached.find(({ length }) => length === (family === 4 ? 4 : 16));
      const isLost = first !== undefined && !this.#parts.isProven(family) && this.isUnrouted(first);
      this.#note(ROUTES_CELL.node[family], isLost, first !== undefined, family, NODE_TEXTS);
    }
  }

  #note(cell: number, isMissing: boolean, isNeeded: boolean, family: 4 | 6, texts: RouteTexts): void {
    const missing = isMissing ? 1 : 0;
    if (Atomics.exchange(this.#routesMissing, cell, missing) === missing) return;
    if (isMissing) this.#parts.log.warn({ family }, texts.missing(family));
    else if (isNeeded) this.#parts.log.info({ family }, texts.back(family));
  }

  /** Returns why it failed. */
  #read(): string | null {
    const found = readHostAddresses(this.#netlink);
    if (typeof found === 'number') return `cannot read the addresses of this host: ${errnoName(-found)}`;
    const before = this.#known;
    this.#known = { ...found, near: this.#near };
    if (before !== null && same(this.#known, before)) return null;
    const isFull = !this.#publish();
    if (isFull) {
      this.#known = before;
      return 'this host has too many addresses for the table of them';
    }
    if (before !== null && !equal(found.own, before.own)) this.#parts.changed();
    return null;
  }

  /** Reads them now if the last time was so long ago, or longer if they take long; else soon. */
  #readNear(everyMs: number): void {
    const now = performance.now();
    const restMs = this.#nearReadAt + Math.max(everyMs, this.#nearTookMs / MOST_BUSY) - now;
    if (restMs > 0) {
      this.#nearTimer ??= setTimeout(() => {
        this.#nearTimer = undefined;
        this.#readNear(0);
      }, Math.ceil(restMs)).unref();
      return;
    }
    const { attached } = this.#followed;
    const near = readNearAddresses(this.#netlink, attached);
    this.#nearReadAt = now;
    // Without endpoints nothing was read.
    this.#nearTookMs = attached.length === 0 ? 0 : performance.now() - now;
    // After a failure they are read again soon.
    if (typeof near === 'number') return;
    const before = this.#near;
    this.#near = createIpSet(near);
    if (!equal(this.#near, before)) this.#publish();
  }

  /** Gives the listeners what is known. Near addresses are left out if there is no room for them; false if there is none without. */
  #publish(): boolean {
    if (this.#known === null) return true;
    const { own, shared } = this.#known;
    this.#known = { own, shared, near: this.#near };
    return this.#addresses.replace(own, shared, this.#near) || this.#addresses.replace(own, shared);
  }
}

interface RouteTexts {
  readonly missing: (family: 4 | 6) => string;
  readonly back: (family: 4 | 6) => string;
}

const LOOPBACK_TEXTS: RouteTexts = {
  missing: (family) =>
    `--present transparent: the routes for IPv${family} are missing; run "herald routes up" in this network namespace, as UID 0 with CAP_NET_ADMIN (in a pod: an init container). Until then the answers of endpoints on loopback leave this host, and connects to them time out`,
  back: (family) => `--present transparent: the routes for IPv${family} exist again`,
};

const NODE_TEXTS: RouteTexts = {
  missing: (family) =>
    `--present transparent: the rules or routes of this node for IPv${family} are missing; run "herald routes up --node" in this network namespace, as UID 0 with CAP_NET_ADMIN. Until then the answers of endpoints leave this node, and connects to them time out`,
  back: (family) => `--present transparent: the rules and routes of this node for IPv${family} exist again`,
};

function same(one: KnownSets, other: KnownSets): boolean {
  return equal(one.own, other.own) && equal(one.shared, other.shared) && equal(one.near, other.near);
}

function equal(one: Uint32Array, other: Uint32Array): boolean {
  return one.length === other.length && one.every((word, at) => word === other[at]);
}
