import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Owner } from './peer-owner.ts';
import type { Exit } from './peer-process.ts';
import { folderFor, retry } from './peer-start.ts';
import { adoptOrphans, childrenOf, lookAt, processesWith, reapOrphan, sharedSockets } from './processes.ts';
import { Program, type ProgramLine, type ProgramOptions } from './program.ts';

const MARK = 'TEST_GENERATIONS';

export interface GenerationsOptions extends ProgramOptions {
  /** How many listeners are waited for. */
  readonly listeners?: number;
  /** The process whose child the first generation is, if `prefix` is a program that stays; it gives that child. */
  readonly first?: (pid: number) => number | undefined;
}

const isDraining = ({ msg }: ProgramLine) => msg === 'draining';

/**
 * Herald and its successors, each started by the one before. They write to the same standard output, so `log` has the lines of
 * all of them, and only the first one's exit is seen by `program`.
 */
export class Generations {
  readonly program: Program;
  /** Where the take-over socket of each is: `RUNTIME_DIRECTORY`. */
  readonly folder: string;
  /** Of all generations, the first one first. */
  readonly pids: number[] = [];
  readonly #mark: string;
  readonly #firstExit: Promise<Exit>;

  private constructor(program: Program, folder: string, mark: string) {
    this.program = program;
    this.folder = folder;
    this.#mark = mark;
    this.#firstExit = new Promise((resolve) => {
      program.child.on('exit', (code, signal) => resolve({ code, signal }));
    });
  }

  /** Starts the first generation without waiting for anything. Teardown ends all of them. */
  static async spawn(owner: Owner, command: string, options: GenerationsOptions = {}): Promise<Generations> {
    adoptOrphans();
    const mark = randomUUID();
    const folder = await folderFor(owner);
    const env = { RUNTIME_DIRECTORY: folder, ...options.env, [MARK]: mark };
    const program = Program.spawn(owner, command, { ...options, env });
    const generations = new Generations(program, folder, mark);
    owner.teardown(() => generations.kill());
    generations.pids.push(program.child.pid!);
    return generations;
  }

  /** The same, and waits until its listeners are open and it serves. */
  static async start(owner: Owner, command: string, options: GenerationsOptions = {}): Promise<Generations> {
    const generations = await Generations.spawn(owner, command, options);
    const { program, pids } = generations;
    await program.logged(({ msg }) => msg.startsWith('served by'), options.listeners);
    if (options.first !== undefined)
      pids[0] = await retry(async () => defined(options.first!(program.child.pid!)));
    return generations;
  }

  /** The youngest. */
  get pid(): number {
    return this.pids.at(-1)!;
  }

  get log(): readonly ProgramLine[] {
    return this.program.log;
  }

  /** All that run, be they known or not. */
  get alive(): number[] {
    return processesWith(MARK, this.#mark);
  }

  get complaints(): readonly ProgramLine[] {
    return this.program.complaints;
  }

  signal(signal: NodeJS.Signals, pid = this.pid): void {
    process.kill(pid, signal);
  }

  /**
   * Has the youngest be taken over, and resolves with the process that serves from now on. The old one drains: it has closed the
   * sockets that both had for a moment.
   */
  async takeOver(): Promise<number> {
    const old = this.pid;
    const drained = this.log.filter(isDraining).length;
    this.signal('SIGUSR2');
    const successor = await this.successor(old);
    await this.program.logged(isDraining, drained + 1);
    this.pids.push(successor);
    await this.parted(old, successor);
    return successor;
  }

  /** The process that this one starts to take over, now or when there is one. */
  successor(of = this.pid): Promise<number> {
    return retry(async () => defined(childrenOf(of).find((pid) => lookAt(pid)?.state !== 'Z')));
  }

  /** Resolves once these two have no socket in common any more. */
  parted(old: number, successor: number): Promise<void> {
    return retry(async () => {
      const shared = sharedSockets(old, successor);
      if (shared.length > 0) throw new Error(`both have ${shared}`);
    });
  }

  /** How a generation ends. Of one whose parent outlives it only the end can be seen: its code is null. */
  exitOf(pid: number): Promise<Exit> {
    if (pid === this.program.child.pid) return this.#firstExit;
    return retry(async () => {
      const exit = reapOrphan(pid);
      if (exit !== null) return exit;
      if (lookAt(pid) !== null) throw new Error(`${pid} runs`);
      return { code: null, signal: null };
    });
  }

  /**
   * Ends the youngest, and resolves once nothing is left of all of them. Those before have no sessions any more: their ends are waited
   * for, because the exit status of a child is its parent's while that runs.
   */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    for (const pid of this.pids.slice(0, -1)) await this.exitOf(pid);
    const exit = this.exitOf(this.pid);
    this.signal(signal);
    const how = await exit;
    await this.program.exited;
    return how;
  }

  async kill(): Promise<void> {
    for (let alive = this.alive; alive.length > 0; alive = this.alive) {
      for (const pid of alive) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {}
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const pid of this.pids.slice(1)) reapOrphan(pid);
    await this.program.stop('SIGKILL');
  }

  /** A path in the folder of its own. */
  path(name: string): string {
    return join(this.folder, name);
  }
}

function defined<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('there is none yet');
  return value;
}
