import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';

const CHILD = fileURLToPath(new URL('./emfile-child.js', import.meta.url));

/** What `emfile-child` says. */
interface Line {
  readonly port?: number;
  readonly fault?: string;
  readonly code?: string;
  readonly at?: number;
  readonly ended?: string | number;
  readonly opened?: number;
  readonly acceptErrors?: number;
}

/** An engine in a process that has so few descriptors, line by line. */
export class FewDescriptors {
  readonly lines: Line[] = [];
  readonly process: ChildProcess;
  readonly #waiting = new Set<() => void>();
  #over = false;

  constructor(
    t: ExecutionContext,
    engine: 'epoll' | 'net' | 'net in batches',
    descriptors: number,
    port: number,
  ) {
    this.process = spawn(
      'sh',
      ['-c', `ulimit -n ${descriptors}; exec "$0" "$@"`, process.execPath, CHILD, engine, `${port}`],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    t.teardown(() => this.process.kill('SIGKILL'));
    const wake = () => {
      for (const look of this.#waiting) look();
    };
    createInterface(this.process.stdout!).on('line', (line) => {
      this.lines.push(JSON.parse(line));
      wake();
    });
    this.process.once('close', () => {
      this.#over = true;
      wake();
    });
  }

  /** What `find` finds in the lines, now or after a later one. */
  until<T>(find: (lines: readonly Line[]) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find(this.lines);
        if (found === undefined && !this.#over) return;
        this.#waiting.delete(look);
        if (found !== undefined) resolve(found);
        else reject(new Error(`the child has ended after ${JSON.stringify(this.lines)}`));
      };
      this.#waiting.add(look);
      look();
    });
  }
}
