import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { childrenOf } from './process-facts.ts';
import { binding, type Part } from './processors.ts';

const READY_MS = 15_000;
const POLL_MS = 20;
const STOP_MS = 3000;
const LINES_KEPT = 50;
/** Matches the line in which a program says why it stops; the last line often does not say it. */
const COMPLAINT = /error|alert|emerg|herald:/i;

/** A process that the benchmark started; it ends with the benchmark. */
export class Child {
  static readonly #running = new Set<Child>();

  readonly #title: string;
  readonly #exited: Promise<unknown>;
  #end: string | null = null;
  readonly process: ChildProcess;
  /** The last lines of its output. */
  readonly lines: string[] = [];

  /** `part` decides which processors it gets; `talks` opens a channel for messages. */
  constructor(
    title: string,
    command: string,
    args: readonly string[],
    { part = 'contender', talks = false }: { readonly part?: Part; readonly talks?: boolean } = {},
  ) {
    this.#title = title;
    const [file, ...rest] = [...binding(part), command, ...args];
    this.process = spawn(file!, rest, {
      stdio: talks ? ['ignore', 'pipe', 'pipe', 'ipc'] : ['ignore', 'pipe', 'pipe'],
      env: bareEnvironment(),
      // A plan contains bytes, which JSON cannot carry.
      serialization: 'advanced',
    });
    Child.#running.add(this);
    this.#exited = once(this.process, 'exit').then(
      ([code, signal]) => this.#ended(signal ?? `exit status ${code}`),
      (error: Error) => this.#ended(error.message),
    );
    for (const stream of [this.process.stdout!, this.process.stderr!]) {
      createInterface({ input: stream }).on('line', (line) => {
        this.lines.push(line);
        if (this.lines.length > LINES_KEPT) this.lines.shift();
      });
    }
  }

  get pid(): number {
    return this.process.pid!;
  }

  /** Why it is no longer running, with its output; null while it runs. */
  get end(): string | null {
    if (this.#end === null) return null;
    const said =
      this.lines.find((line) => COMPLAINT.test(line)) ?? this.lines.findLast((line) => /\S/.test(line));
    return `${this.#title} ended: ${this.#end}${said === undefined ? '' : `, ${said.trim()}`}`;
  }

  /** Polls `find` until it finds something. Rejects when the process ends or the time is up. */
  async until<T>(what: string, find: () => T | undefined | Promise<T | undefined>): Promise<T> {
    const deadline = Date.now() + READY_MS;
    for (;;) {
      const found = this.end === null ? await find() : undefined;
      if (found !== undefined) return found;
      if (this.#end !== null) {
        await sleep(POLL_MS); // The last lines of output may not have arrived yet.
        throw new Error(this.end!);
      }
      if (Date.now() > deadline) throw new Error(`${this.#title}: no ${what} within ${READY_MS / 1000} s`);
      await sleep(POLL_MS);
    }
  }

  /** Asks it to end, and kills it if it does not. */
  async stop(): Promise<void> {
    if (this.#end === null) this.process.kill('SIGTERM');
    const timer = setTimeout(() => this.#kill(), STOP_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Kills it at once, without waiting: for the exit of the benchmark. */
  static killAll(): void {
    for (const child of Child.#running) child.#kill();
  }

  #kill(): void {
    if (this.#end !== null || this.process.pid === undefined) return;
    // Killing a master leaves its workers running.
    const workers = childrenOf(this.pid);
    this.process.kill('SIGKILL');
    for (const worker of workers) {
      try {
        process.kill(worker, 'SIGKILL');
      } catch {
        // It has already ended.
      }
    }
  }

  #ended(how: string): void {
    this.#end = how;
    Child.#running.delete(this);
  }
}

/** Not the caller's environment: options of Herald in it would replace the defaults. */
function bareEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(HERALD_|KUBERNETES_|NODE_|npm_)/.test(name)),
  );
}
