import type { ListenerOptions } from '../config/config.ts';
import type { GatewayOptions } from '../config/gateway-options.ts';
import type { OfferListeners } from '../control/listener-source.ts';
import type { ClusterObjects } from './objects/cluster-objects.ts';
import type { OpenFailures } from './open-failures.ts';
import type { PortHolds } from './port-holds.ts';
import type {
  EventWish,
  GatewayPlace,
  HopWish,
  ListenerWish,
  OpenWish,
  StatusWish,
  Translation,
} from './translate/translation.ts';

// The room: from the cluster's objects to listeners, and back to statuses.
//
//   cluster-watch ──▶ ClusterObjects ──┐            (one watch for each kind; read-*.ts reads objects when they arrive)
//   leases, companions, holds, ────────┼──▶ translate/ ──▶ Translation      (pure: no clock, no I/O)
//   failures ──▶ GatewayPlace ─────────┘        │
//                                               ├─ listeners, hop ──▶ offer ──▶ the keeper of control/
//                                               └─ statuses, events, companion Services ──▶ writers   (the leader's only)
//
// Every instance watches and serves. Only one writes: the holder of a Lease (leader-lease). Each has a Lease of its own as well,
// from which the writer knows which addresses to publish (instance-lease, publication).

/** The parts of the loop. Each is injected, so that the loop itself is tested without a cluster. */
export interface ControllerParts {
  readonly options: GatewayOptions;
  readonly now: () => number;
  /** Calls `run` after `ms`, unless the returned function is called before. */
  readonly after: (ms: number, run: () => void) => () => void;
  readonly objects: () => ClusterObjects;
  /** Every kind that exists has been listed (G3). */
  readonly isSynced: () => boolean;
  readonly translate: (objects: ClusterObjects, place: GatewayPlace) => Translation;
  /** What translation depends on and this loop does not know. */
  readonly facts: () => Pick<
    GatewayPlace,
    'ownAddresses' | 'reservedPorts' | 'published' | 'companions' | 'keepsIpMode' | 'node' | 'faults'
  >;
  /**
   * The options of a listener, or why it cannot have any. Returns the same object for equal wishes, so that nothing is sent to the
   * workers.
   */
  readonly optionsOf: (wish: OpenWish) => ListenerOptions | { readonly why: string };
  readonly holds: PortHolds;
  /** Namespaces that have ports by what statuses say. Asked before the first translation: a process that starts knows of no holds. */
  readonly owners: () => ReadonlyMap<number, ReadonlySet<string>>;
  readonly failures: OpenFailures;
  /** Called before objects are translated; the returned function once the listeners are in force, or the run has failed. */
  readonly seen: () => () => void;
  readonly offer: OfferListeners;
  /** Receives what the objects should be told. Called after each translation whose listeners are in force. */
  readonly tell: (told: Told) => void;
  /** A run failed as a whole, for example because there is no memory for more listeners. What was in force stays. */
  readonly failed: (error: Error) => void;
}

/** What the writers get. */
export interface Told {
  readonly listeners: readonly ListenerWish[];
  readonly statuses: readonly StatusWish[];
  readonly events: readonly EventWish[];
  readonly objects: ClusterObjects;
  /** Ports of this instance that could not be opened. */
  readonly failedPorts: readonly number[];
  /** Ports that this instance has open for objects. */
  readonly openPorts: readonly number[];
  /** Absent: none is wanted. */
  readonly hop?: HopWish;
  /** Why its listener could not be opened: one sentence; null: it is open, or none is wanted. */
  readonly hopFailure: string | null;
}

/** Keeps listeners and statuses as the cluster's objects want them. */
export interface Controller {
  /** Something that translation depends on has changed. One run at a time; requests during a run make one more. */
  request(): void;
  /** Resolves once the first set of listeners is in force. */
  readonly started: Promise<void>;
  /** No listener is offered from now on. Statuses are not touched. */
  stop(): Promise<void>;
}

export function createController(parts: ControllerParts): Controller {
  const { options, now, after, holds, failures, offer } = parts;
  let offered: readonly ListenerOptions[] | null = null;
  let running = Promise.resolve();
  let isRunning = false;
  let isRequested = false;
  let isStopped = false;
  let cancelTimer = () => {};
  let start = () => {};
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });

  function translateAt(nowMs: number): Translation {
    const place = {
      ...{ ...parts.facts(), options },
      ...{ heldPorts: holds.held(nowMs), failures: failures.current },
    };
    return parts.translate(parts.objects(), place);
  }

  async function run(): Promise<void> {
    if (!parts.isSynced()) return;
    const inForce = parts.seen();
    try {
      await follow();
    } finally {
      inForce();
    }
  }

  async function follow(): Promise<void> {
    // One moment for all of a run: what ends while it lasts is seen by the next one.
    const nowMs = now();
    if (offered === null) holds.granted(parts.owners(), nowMs);
    let translation = translateAt(nowMs);
    // What could not be opened is still wanted, and tried again.
    const hop = translation.hop?.listener;
    // First: if there is no room for all listeners, those of objects are left out.
    const all: readonly OpenWish[] =
      hop === undefined ? translation.listeners : [hop, ...translation.listeners];
    const wanted = all.filter(({ name }) => !failures.isResting(name, nowMs));
    const failed = new Map<string, string>();
    const listeners = wanted.flatMap((wish) => {
      const made = parts.optionsOf(wish);
      if (!('why' in made)) return made;
      failed.set(wish.name, made.why);
      return [];
    });
    if (offered === null || !isSame(offered, listeners)) {
      for (const [name, why] of await offer(listeners)) failed.set(name, why);
      offered = listeners.filter(({ name }) => !failed.has(name));
    }
    // Also if nothing was offered: a failure whose object has gone meanwhile is over.
    const isChanged = failures.note(names(all), names(wanted), failed, nowMs);
    if (isChanged) translation = translateAt(nowMs);
    if (isStopped) return;
    const open = names(offered);
    const granted = new Map<number, Set<string>>();
    for (const { name, port, namespace } of translation.listeners) {
      if (open.has(name)) granted.set(port, (granted.get(port) ?? new Set()).add(namespace));
    }
    holds.granted(granted, nowMs);
    parts.tell({
      ...{ ...translation, objects: parts.objects() },
      failedPorts: translation.listeners.flatMap(({ name, port }) => (open.has(name) ? [] : port)),
      openPorts: [...granted.keys()],
      hopFailure: hop === undefined || open.has(hop.name) ? null : (failures.current.get(hop.name) ?? null),
    });
    start();
    wakeAt(holds.nextEndMs, failures.nextRetryMs);
  }

  function wakeAt(...times: readonly (number | null)[]): void {
    cancelTimer();
    const next = Math.min(...times.map((time) => time ?? Number.POSITIVE_INFINITY));
    if (next === Number.POSITIVE_INFINITY || isStopped) return;
    cancelTimer = after(Math.max(next - now(), 0), request);
  }

  function request(): void {
    isRequested = true;
    // A run calls others, and they may call this: not even then does a run begin within another one.
    if (isRunning) return;
    isRunning = true;
    running = loop();
  }

  async function loop(): Promise<void> {
    while (isRequested && !isStopped) {
      isRequested = false;
      try {
        await run();
      } catch (error) {
        if (isStopped) break;
        parts.failed(error as Error);
        wakeAt(now() + RETRY_MS);
      }
    }
    isRunning = false;
  }

  return {
    request,
    started,
    async stop() {
      isStopped = true;
      cancelTimer();
      await running;
    },
  };
}

/** After a run that failed. */
const RETRY_MS = 1000;

function names(all: readonly { readonly name: string }[]): Set<string> {
  return new Set(all.map(({ name }) => name));
}

function isSame(one: readonly ListenerOptions[], other: readonly ListenerOptions[]): boolean {
  return one.length === other.length && one.every((each, at) => each === other[at]);
}
