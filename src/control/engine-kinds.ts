import { randomBytes } from 'node:crypto';
import { EPOLL_ABILITIES } from '../engine/epoll/epoll-abilities.ts';
import { HTTP_ABILITIES } from '../engine/http/http-abilities.ts';
import type { RawAccept } from '../engine/main-thread/accept-batch.ts';
import type { MainThreadOptions } from '../engine/main-thread/main-thread-engine.ts';
import { NET_ABILITIES } from '../engine/net/net-abilities.ts';
import type { ListeningSockets } from '../listening/listening-sockets.ts';
import type { Engine, EngineAbilities } from '../plan/engine.ts';
import type { SessionObserver } from '../plan/observer.ts';
import { monotonicMs } from '../shared-memory/monotonic-clock.ts';
import type { SharedState } from '../shared-memory/shared-state.ts';

/** The values of `--engine`. */
export type EnginePreference = 'auto' | 'epoll' | 'net';

/** What every engine is built from. */
export interface EngineParts {
  readonly platform: string;
  /** Worker threads, for an engine that has some. */
  readonly threads: number;
  readonly state: SharedState;
  readonly observer: SessionObserver;
  readonly logTlvs: readonly number[];
  /** What this process listens on; null: engines on Node's own servers let Node bind. */
  readonly sockets: ListeningSockets | null;
}

/** An engine that may be started. */
export interface EngineKind extends EngineAbilities {
  /** The value of `--engine` that means this one. `net` means all of those on Node's own servers. */
  readonly option: Exclude<EnginePreference, 'auto'>;
  /** True if it serves in worker threads, false if in the main thread. */
  readonly usesThreads: boolean;
  /** The platform that it needs; null for any. */
  readonly platform: string | null;
  /** Rejects if this machine cannot run it. */
  readonly start: (parts: EngineParts) => Promise<Engine>;
}

/**
 * In the order in which `--engine auto` considers them for a listener. An engine's module is loaded when it is started: a
 * sidecar needs one of them, and without koffi's binary for this machine the others still serve.
 */
export const ENGINE_KINDS: readonly EngineKind[] = [
  {
    ...EPOLL_ABILITIES,
    option: 'epoll',
    usesThreads: true,
    platform: 'linux',
    start: async ({ state, observer, logTlvs, threads, sockets }) => {
      const { createEpollEngine } = await import('../engine/epoll/epoll-engine.ts');
      return createEpollEngine({
        state,
        observer,
        logTlvs,
        threads,
        idPrefix: idPrefix(),
        sockets: sockets ?? undefined,
      });
    },
  },
  {
    ...NET_ABILITIES,
    option: 'net',
    usesThreads: false,
    platform: null,
    start: async (parts) => {
      const { createNetEngine } = await import('../engine/net/net-engine.ts');
      return createNetEngine(await mainThreadOptions(parts));
    },
  },
  {
    ...HTTP_ABILITIES,
    option: 'net',
    usesThreads: false,
    platform: null,
    start: async (parts) => {
      const { createHttpEngine } = await import('../engine/http/http-engine.ts');
      return createHttpEngine(await mainThreadOptions(parts));
    },
  },
];

/** The kinds that `--engine` allows, in the order in which they are considered. */
export function kindsOf(
  preference: EnginePreference,
  kinds: readonly EngineKind[] = ENGINE_KINDS,
): EngineKind[] {
  return kinds.filter(({ option }) => preference === 'auto' || preference === option);
}

/** How many workers need rows in the shared state. */
export function workerThreads(preference: EnginePreference, threads: number): number {
  return kindsOf(preference).some(({ usesThreads }) => usesThreads) ? threads : 0;
}

/** The engines of the main thread share its row of the counters, the one behind those of the workers. */
async function mainThreadOptions(parts: EngineParts): Promise<MainThreadOptions> {
  const { state, observer, logTlvs, platform, sockets } = parts;
  return {
    state,
    worker: state.workers,
    observer,
    idPrefix: idPrefix(),
    logTlvs,
    rawAccept: await rawAccept(platform),
    rawListen: sockets ?? undefined,
    now: monotonicMs,
    random: Math.random,
  };
}

/** The kernel's accept; undefined if koffi has no binary for this machine: Node's own accept remains. */
async function rawAccept(platform: string): Promise<RawAccept | undefined> {
  if (platform !== 'linux') return undefined;
  try {
    const { accept, close } = await import('../linux/socket.ts');
    return { accept, close };
  } catch {
    return undefined;
  }
}

/** Tells the session ids of this engine from those of every other, of any process. */
function idPrefix(): string {
  return randomBytes(6).toString('hex');
}
