import { parseIp } from '../address/ip.ts';
import { formatSocketAddress } from '../address/socket-address.ts';
import type { DiscoveryClock } from '../discovery/discovery-clock.ts';
import type { InstanceState } from './lease/instance-report.ts';

/** A published address and port, and the instance that connections to it must reach. */
export interface ReachTarget {
  readonly address: string;
  readonly port: number;
  /** `10.0.0.2:9090`: the metrics address of that instance; null: it is this one. */
  readonly askAt: string | null;
  /** Its node; null: unknown. */
  readonly node: string | null;
}

/** An open connection to a target. */
export interface ReachDial {
  /** Our end, as the machine has it. */
  readonly localAddress: string;
  readonly localPort: number;
  /** The other end has not reset it. */
  readonly isOpen: boolean;
  close(): void;
}

export interface ReachCheckParts {
  readonly clock: DiscoveryClock;
  /** Connects within `timeoutMs`; null if that fails, or a connection would be a nuisance there. Never rejects. */
  readonly dial: (target: ReachTarget, timeoutMs: number) => Promise<ReachDial | null>;
  /** Whether the connection has arrived at the target's instance; null: nobody can tell. Never rejects. */
  readonly ask: (target: ReachTarget, dial: ReachDial, timeoutMs: number) => Promise<boolean | null>;
  /** `bypassed` is another list than before. */
  readonly changed: () => void;
}

/**
 * Whether published addresses lead to Herald (G5). A target is dialed, and the instance behind it is asked whether it has the
 * connection. If it says three times in a row that it has not, something on this node takes the address for its own, and clients
 * get past Herald. What cannot be told says nothing.
 */
export interface ReachCheck {
  want(targets: readonly ReachTarget[]): void;
  /** `10.0.0.2:443`, sorted: targets at which connections lead past Herald. */
  readonly bypassed: readonly string[];
  stop(): Promise<void>;
}

interface TargetState {
  target: ReachTarget;
  misses: number;
  isBypassed: boolean;
  /** When it was last found to be bypassed, and how long it is not dialed after that. */
  saidAt: number;
  holdMs: number;
  /** Not dialed before. */
  at: number;
}

/** Two dials a second at most: each is a session of the listener that it reaches. */
const EVERY_MS = 500;
/** Between two dials of one target, and after a miss. */
const AGAIN_MS = 30_000;
const MISSED_AGAIN_MS = 2000;
const TIMEOUT_MS = 2000;
const MAX_MISSES = 3;
/**
 * A bypassed address is not published, and then reached again, which proves nothing. So it is dialed again after a minute only,
 * and each time that it is found bypassed once more, after twice as long.
 */
const HOLD_MS = 60_000;
const MAX_HOLD_MS = 3_600_000;

export function createReachCheck({ clock, dial, ask, changed }: ReachCheckParts): ReachCheck {
  /** In the order of their next dial. */
  const states = new Map<string, TargetState>();
  let bypassed: readonly string[] = [];
  let isStopped = false;
  let cancel: (() => void) | null = null;
  let running: Promise<void> | null = null;

  function later(): void {
    if (isStopped || running !== null || cancel !== null || states.size === 0) return;
    cancel = clock.after(EVERY_MS, () => {
      cancel = null;
      const next = due();
      if (next === null) later();
      else
        running = check(next).then(() => {
          running = null;
          later();
        });
    });
  }

  function due(): TargetState | null {
    const now = clock.now();
    for (const state of states.values()) if (state.at <= now) return state;
    return null;
  }

  async function check(state: TargetState): Promise<void> {
    const { target } = state;
    const isReached = await reaches(target);
    const key = keyOf(target);
    // It is gone, or another one by now.
    if (isStopped || states.get(key) !== state || state.target !== target) return;
    // Round robin: it goes behind all others.
    states.delete(key);
    states.set(key, state);
    state.at = clock.now() + AGAIN_MS;
    if (isReached === true) reached(state);
    if (isReached === false) missed(state);
    tell();
  }

  async function reaches(target: ReachTarget): Promise<boolean | null> {
    const made = await dial(target, TIMEOUT_MS);
    if (made === null) return null;
    try {
      const isReached = await ask(target, made, TIMEOUT_MS);
      // A connection that was closed meanwhile may be gone there as well: a client that the listener refuses, for example.
      return isReached === false && !made.isOpen ? null : isReached;
    } finally {
      made.close();
    }
  }

  function reached(state: TargetState): void {
    state.misses = 0;
    state.isBypassed = false;
  }

  function missed(state: TargetState): void {
    const now = clock.now();
    state.misses++;
    state.at = now + MISSED_AGAIN_MS;
    if (state.misses < MAX_MISSES) return;
    const isRecent = now - state.saidAt < 2 * MAX_HOLD_MS;
    state.holdMs = isRecent ? Math.min(2 * state.holdMs, MAX_HOLD_MS) : HOLD_MS;
    state.saidAt = now;
    state.isBypassed = true;
    state.at = now + state.holdMs;
  }

  function tell(): void {
    const next = [...states].filter(([, { isBypassed }]) => isBypassed).map(([key]) => key);
    next.sort();
    if (next.join() === bypassed.join()) return;
    bypassed = next;
    changed();
  }

  return {
    want(targets) {
      const keys = new Set(targets.map(keyOf));
      for (const key of states.keys()) if (!keys.has(key)) states.delete(key);
      for (const target of targets) {
        const known = states.get(keyOf(target));
        if (known === undefined) {
          const never = Number.NEGATIVE_INFINITY;
          states.set(keyOf(target), {
            ...{ target, misses: 0, isBypassed: false, saidAt: never, holdMs: HOLD_MS, at: never },
          });
        } else if (known.target.askAt !== target.askAt || known.target.node !== target.node)
          known.target = target;
      }
      tell();
      later();
    },
    get bypassed() {
      return bypassed;
    },
    async stop() {
      isStopped = true;
      cancel?.();
      await running;
    },
  };
}

/**
 * What an instance checks: the addresses of the next one by name, so that each is checked from another node and by one instance.
 * One that is alone checks its own.
 */
export function reachTargets(
  ownName: string,
  instances: Iterable<InstanceState>,
  ports: readonly number[],
): readonly ReachTarget[] {
  const all = [...instances].filter(({ isFresh, isDraining }) => isFresh && !isDraining);
  const names = all.map(({ name }) => name).sort();
  const next = names.find((name) => name > ownName) ?? names[0];
  const chosen = all.find(({ name }) => name === next);
  if (chosen === undefined) return [];
  const isOwn = chosen.name === ownName;
  if (!isOwn && chosen.askAt === null) return [];
  const { addresses, failedPorts, node } = chosen;
  const open = ports.filter((port) => !failedPorts.includes(port));
  return addresses.flatMap((address) =>
    open.map((port) => ({ address, port, askAt: isOwn ? null : chosen.askAt, node })),
  );
}

function keyOf({ address, port }: ReachTarget): string {
  const ip = parseIp(address);
  return ip === undefined ? `${address}:${port}` : formatSocketAddress(ip, port);
}
