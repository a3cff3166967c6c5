import { randomBytes } from 'node:crypto';
import type { RawAccept } from '../engine/main-thread/accept-batch.ts';
import type { Engine } from '../plan/engine.ts';
import type { SessionObserver } from '../plan/observer.ts';
import { StartError } from '../plan/start-error.ts';
import { monotonicMs } from '../shared-memory/monotonic-clock.ts';
import type { SharedState } from '../shared-memory/shared-state.ts';

export interface EngineChoice {
  readonly engine: Engine;
  /** Why it is this one: a clause for the log. */
  readonly why: string;
  /** True where another one was hoped for. */
  readonly fallback: boolean;
}

export interface EngineParts {
  readonly preference: 'auto' | 'epoll' | 'net';
  readonly platform: string;
  readonly threads: number;
  readonly state: SharedState;
  readonly observer: SessionObserver;
  readonly logTlvs: readonly number[];
}

/**
 * The engine that serves: epoll on Linux where nothing forbids it, else node:net. Rejects with a `StartError`
 * where epoll was asked for by name and can't be had.
 */
export async function chooseEngine(parts: EngineParts): Promise<EngineChoice> {
  const { preference, platform } = parts;
  if (preference === 'net')
    return { engine: await netEngine(parts), why: 'it was asked for', fallback: false };
  if (platform !== 'linux') {
    if (preference === 'epoll')
      throw new StartError('engine_unavailable', 'the epoll engine is for Linux only');
    return { engine: await netEngine(parts), why: `there is no epoll on ${platform}`, fallback: false };
  }
  try {
    // Loaded here and not before: where koffi has no binary for this machine, node:net still serves.
    const { createEpollEngine } = await import('../engine/epoll/epoll-engine.ts');
    const { state, observer, logTlvs, threads } = parts;
    const engine = await createEpollEngine({ state, observer, logTlvs, threads, idPrefix: idPrefix() });
    return { engine, why: preference === 'epoll' ? 'it was asked for' : 'this is Linux', fallback: false };
  } catch (error) {
    const { message } = error as Error;
    if (preference === 'epoll') {
      throw new StartError('engine_unavailable', `the epoll engine can not be had here: ${message}`, error);
    }
    return {
      engine: await netEngine(parts),
      why: `the epoll engine can not be had here: ${message}`,
      fallback: true,
    };
  }
}

// Each engine is loaded when it is chosen, and not before: a sidecar has one of them.

/** Of what serves in the main thread the counters are row `workers`. */
async function netEngine({ state, observer, logTlvs, platform }: EngineParts): Promise<Engine> {
  const { createNetEngine } = await import('../engine/net/net-engine.ts');
  return createNetEngine({
    state,
    worker: state.workers,
    observer,
    idPrefix: idPrefix(),
    logTlvs,
    rawAccept: await rawAccept(platform),
    now: monotonicMs,
    random: Math.random,
  });
}

/** The engine of `--present forwarded`: in the main thread, with a row of counters of its own. */
export async function httpEngine({
  state,
  observer,
  logTlvs,
  platform,
}: Omit<EngineParts, 'preference'>): Promise<Engine> {
  const { createHttpEngine } = await import('../engine/http/http-engine.ts');
  return createHttpEngine({
    state,
    worker: state.workers,
    observer,
    idPrefix: idPrefix(),
    logTlvs,
    rawAccept: await rawAccept(platform),
    now: monotonicMs,
    random: Math.random,
  });
}

/** The kernel's own accept; none where koffi has no binary for this machine, and Node's way remains. */
async function rawAccept(platform: string): Promise<RawAccept | undefined> {
  if (platform !== 'linux') return undefined;
  try {
    const { accept, close } = await import('../linux/socket.ts');
    return { accept, close };
  } catch {
    return undefined;
  }
}

/** What tells our session ids from those of every other process. */
function idPrefix(): string {
  return randomBytes(6).toString('hex');
}
