import { type ChildProcess, spawn } from 'node:child_process';

export interface ProcessOptions {
  readonly env?: { readonly [name: string]: string | undefined };
  /** What it finds on standard input; nothing by default. */
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  /** What stands before the command: `ip netns exec NAME`, for one that runs in a network of its own. */
  readonly within?: readonly string[];
  /** Descriptors of this process that it inherits, from number 3 on. */
  readonly descriptors?: readonly number[];
  /** Its standard input stays open until this process ends. */
  readonly open?: boolean;
}

/** How a process ended: its status, or the signal that ended it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A machine may be busy: what takes longer than this does not come. */
const PATIENCE_MS = 20_000;

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A process that a test started: what it says line by line, and how it ends. */
export class PeerProcess {
  readonly child: ChildProcess;
  /** Resolves when it has ended and all that it said is here. */
  readonly exited: Promise<Exit>;
  /** Whole lines of standard output and of standard error, each in their order. */
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  readonly #command: string;
  readonly #waiting = new Set<() => void>();
  #exit: Exit | null = null;

  constructor(command: string, args: readonly string[], options: ProcessOptions = {}) {
    const [first = command, ...rest] = [...(options.within ?? []), command, ...args];
    this.#command = [first, ...rest].join(' ');
    this.child = spawn(first, rest, {
      stdio: [
        options.input === undefined && !options.open ? 'ignore' : 'pipe',
        'pipe',
        'pipe',
        ...(options.descriptors ?? []),
      ],
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    running.add(this.child);
    this.child.stdin?.on('error', () => {});
    if (!options.open) this.child.stdin?.end(options.input);
    this.#read('stdout', (line) => this.heard(line));
    this.#read('stderr', () => {});
    this.exited = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => {
        running.delete(this.child);
        this.#exit = { code, signal };
        this.#wake();
        resolve(this.#exit);
      });
    });
    this.exited.catch(() => {});
  }

  /** How it ended, or null while it runs. */
  get exit(): Exit | null {
    return this.#exit;
  }

  /** Called with each line of standard output, before those who wait look again. */
  protected heard(_line: string): void {}

  /** What `find` finds, now or after a later line; rejects where the process ends first, or too late. */
  until<T>(what: string, find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (done: () => void) => {
        clearTimeout(deadline);
        this.#waiting.delete(look);
        done();
      };
      const look = () => {
        const found = find();
        if (found !== undefined) settle(() => resolve(found));
        else if (this.#exit !== null) settle(() => reject(this.#missed(what)));
      };
      const deadline = setTimeout(() => settle(() => reject(this.#missed(what))), PATIENCE_MS);
      this.#waiting.add(look);
      look();
    });
  }

  /** The first line of either stream that matches. */
  line(pattern: RegExp): Promise<string> {
    return this.until(String(pattern), () =>
      [...this.stdout, ...this.stderr].find((line) => pattern.test(line)),
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Signals it if it still runs, and returns how it ended. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    if (this.#exit !== null) return this.#exit;
    this.signal(signal);
    const deadline = setTimeout(() => this.child.kill('SIGKILL'), PATIENCE_MS);
    const exit = await this.exited;
    clearTimeout(deadline);
    return exit;
  }

  #read(stream: 'stdout' | 'stderr', heard: (line: string) => void): void {
    let rest = '';
    const take = (line: string) => {
      this[stream].push(line);
      heard(line);
      this.#wake();
    };
    const source = this.child[stream]!.setEncoding('utf8');
    source.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) take(line);
    });
    source.on('end', () => {
      if (rest !== '') take(rest);
    });
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
  }

  #missed(what: string): Error {
    const how = this.#exit === null ? 'in time' : `before it ended with ${JSON.stringify(this.#exit)}`;
    const said = [...this.stdout, ...this.stderr].slice(-30).join('\n');
    return new Error(`no ${what} ${how} from ${this.#command}\n${said}`);
  }
}
