import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { type Clock, realClock } from '../../src/observe/clock.ts';
import type { HeldSocket } from '../../src/plan/held-socket.ts';
import type { TakeOver, TakeOverParts } from '../../src/takeover/take-over.ts';
import { fromLinux } from '../linux/on-linux.ts';
import { Sockets } from '../linux/sockets.ts';
import { createMemoryLog, type MemoryLog } from '../observe/memory-log.ts';

const takeOverModule = await fromLinux(() => import('../../src/takeover/take-over.ts'));

/** The built file of a child that stands beside the tests. */
export function childPath(name: string): string {
  return fileURLToPath(new URL(`${name}.js`, import.meta.url));
}

/** A folder of the test's own; a socket's path has to be short. */
export function temporaryFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'herald-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Listening sockets of loopback, as those of one listener with a worker for each. */
export function heldSockets(sockets: Sockets, count: number): readonly HeldSocket[] {
  return Array.from({ length: count }, (_, worker) => {
    const { fd, port } = sockets.listener();
    return { name: 'web', address: { kind: 'tcp', ip: new Uint8Array([127, 0, 0, 1]), port }, worker, fd };
  });
}

/** The old process of a test: this one, with sockets, and a successor that a test scripts. */
export interface OldProcess {
  readonly takeOver: TakeOver;
  readonly folder: string;
  readonly path: string;
  readonly held: readonly HeldSocket[];
  readonly log: MemoryLog;
  /** The sentences of failed take-overs. */
  readonly failures: readonly string[];
  /** The process ids of ready successors. */
  readonly successors: readonly number[];
}

export interface OldProcessOptions
  extends Partial<Pick<TakeOverParts, 'readyMs' | 'program' | 'temporaryFolder' | 'turn'>> {
  /** What the child `successor-child` does. Default: all that a successor has to. */
  readonly steps?: readonly string[];
  readonly count?: number;
  readonly clock?: Clock;
  readonly env?: { readonly [name: string]: string };
  readonly handOver?: TakeOverParts['handOver'];
}

/** Makes an old process without a standing socket: `takeOver.open()` opens it. The teardown stops it. */
export function createOldProcess(t: ExecutionContext, options: OldProcessOptions = {}): OldProcess {
  const { steps = [], count = 3, clock = realClock, env = {}, handOver } = options;
  const folder = temporaryFolder(t);
  const sockets = new Sockets();
  const held = heldSockets(sockets, count);
  const log = createMemoryLog();
  const failures: string[] = [];
  const successors: number[] = [];
  const path = join(folder, 'take-over.sock');
  const takeOver = new takeOverModule.TakeOver({
    ...{ path, clock, log, temporaryFolder: options.temporaryFolder ?? folder },
    program: options.program ?? [process.execPath, childPath('successor-child'), ...steps],
    env: { ...process.env, ...env },
    sockets: () => held,
    async handOver(successor) {
      successors.push(successor.pid);
      await handOver?.(successor);
    },
    turn: options.turn ?? ((run) => run()),
    failed: (why) => failures.push(why),
    ...(options.readyMs === undefined ? {} : { readyMs: options.readyMs }),
  });
  t.teardown(async () => {
    await takeOver.stop();
    sockets.closeAll();
  });
  return { takeOver, folder, path, held, log, failures, successors };
}
