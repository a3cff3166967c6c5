import { tmpdir } from 'node:os';
import type { SerialQueue } from '../control/serial-queue.ts';
import { realClock } from '../observe/clock.ts';
import type { Host } from '../observe/host.ts';
import type { HeldSocket } from '../plan/held-socket.ts';
import { StartError } from '../plan/start-error.ts';
import type { Predecessor } from '../takeover/join-predecessor.ts';
import { TAKE_OVER_NAME, TAKE_OVER_VARIABLE } from '../takeover/protocol.ts';
import type { TakeOver } from '../takeover/take-over.ts';
import type { App } from './app.ts';
import type { ServiceNotices } from './service-notices.ts';

/** The process that this one is to succeed, with its sockets; null if there is none. Rejects with a `StartError`. */
export async function findPredecessor({ env, platform }: Host): Promise<Predecessor | null> {
  const path = env[TAKE_OVER_VARIABLE];
  if (!path) return null;
  const room =
    platform === 'linux' ? await import('../takeover/join-predecessor.ts').catch(() => null) : null;
  if (room === null) throw new StartError('take_over_failed', `cannot take over from ${path}: ${NO_CALLS}`);
  return room.joinPredecessor(path);
}

/** The sockets of a predecessor, by what becomes of them. */
export interface Inheritance {
  /** Of listeners and ops addresses. */
  readonly inherited: readonly HeldSocket[];
  /** That systemd has passed to the first process. */
  readonly passed: readonly HeldSocket[];
  /** To which successors connect. */
  readonly takeOver: HeldSocket | undefined;
}

export function inheritance(predecessor: Predecessor | null): Inheritance {
  const sockets = predecessor?.sockets ?? [];
  const isPassed = ({ name }: HeldSocket) => name.startsWith('systemd:');
  return {
    inherited: sockets.filter((held) => held.name !== TAKE_OVER_NAME && !isPassed(held)),
    passed: sockets.filter(isPassed),
    takeOver: sockets.find(({ name }) => name === TAKE_OVER_NAME),
  };
}

/** How a running process is succeeded by another. */
export interface Succession {
  /** As on SIGUSR2: starts a successor. What comes of it is logged. */
  begin(): void;
  /** This process ends: a take-over that is under way is given up. */
  giveUp(): void;
  /** Resolves when no take-over is under way. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface SuccessionParts {
  readonly app: App;
  readonly host: Host;
  readonly notices: ServiceNotices;
  /** Tells the processes of one machine apart: the absolute path of the configuration; null if it is in the command line. */
  readonly identity: string | null;
  /** The standing socket of the process before. */
  readonly standing: HeldSocket | undefined;
  /** Whether the listeners can be given away. */
  readonly hasSockets: boolean;
  /** A reload changes what is handed over: one after the other. */
  readonly turns: SerialQueue;
}

const NO_CALLS = 'the calls that hand sockets over cannot be loaded on this machine (koffi, Linux)';
const LEAVING = 'this process is draining';
const UNDER_WAY = 'a take-over is under way';

export async function createSuccession(parts: SuccessionParts): Promise<Succession> {
  const { app, host, turns } = parts;
  const { log } = app;
  const refuse = (why: string) => log.warn({}, `SIGUSR2 refused: ${why}`);
  const takeOver = await createTakeOver(parts);
  if (typeof takeOver === 'string') {
    return { begin: () => refuse(takeOver), giveUp: () => {}, settled: async () => {}, stop: async () => {} };
  }
  let isAsked = false;
  return {
    begin: () => {
      const why = app.isDraining ? LEAVING : isAsked || takeOver.isUnderWay ? UNDER_WAY : null;
      if (why !== null) {
        refuse(why);
        return;
      }
      isAsked = true;
      void turns.run(async () => {
        log.info({ pid: host.pid }, 'starting a successor');
        const result = await takeOver.begin();
        isAsked = false;
        if (typeof result === 'object' && 'refused' in result) refuse(result.refused);
      });
    },
    giveUp: () => takeOver.giveUp(),
    settled: () => takeOver.settled(),
    stop: () => takeOver.stop(),
  };
}

/** With its standing socket open. A sentence if this process cannot be succeeded. */
async function createTakeOver(parts: SuccessionParts): Promise<TakeOver | string> {
  const { app, host, notices, identity, standing, hasSockets } = parts;
  const { pid, program, env } = host;
  if (pid === 1) return 'this is process 1, whose end is the end of its container: replace the container';
  if (program === undefined) return 'this process does not know its command line';
  if (!hasSockets) return NO_CALLS;
  const [{ TakeOver }, { takeOverPath }] = await Promise.all([
    import('../takeover/take-over.ts'),
    import('../takeover/take-over-socket.ts'),
  ]);
  const takeOver = new TakeOver({
    path: takeOverPath(env.RUNTIME_DIRECTORY, identity ?? program.join('\0')),
    temporaryFolder: tmpdir(),
    program,
    env,
    clock: realClock,
    log: app.log,
    sockets: app.sockets,
    failed: (why) => {
      if (app.isDraining) app.log.info({ detail: why }, 'take-over given up');
      else app.log.error({ detail: why }, 'take-over failed; this process keeps serving');
    },
    handOver: async (successor) => {
      app.handOver();
      notices.handedOver(successor.pid);
      app.log.info({ pid, successor: successor.pid }, 'the successor serves; this process drains');
      void app.leave();
    },
  });
  await takeOver.open(standing);
  return takeOver;
}
