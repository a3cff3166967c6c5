import type { Readable, Writable } from 'node:stream';

/** The signals that Herald handles. */
export type HostSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGUSR2';

/** The process as the rest of the program sees it. Only `main.ts` uses the real one; tests pass their own. */
export interface Host {
  readonly env: { readonly [name: string]: string | undefined };
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** True if standard input is a terminal, known without opening it. SIGHUP then means that the terminal was closed. */
  readonly stdinIsTerminal?: boolean;
  /** `isTTY` decides between tables and JSON, readable text and JSON lines. */
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly version: string;
  readonly nodeVersion: string;
  readonly platform: string;
  readonly pid: number;
  /**
   * The command line of this process: the program, its options, the script and the arguments. Without it, as in a library, the
   * process cannot be succeeded by another.
   */
  readonly program?: readonly string[];
  /**
   * Lets the heap grow further before a full garbage collection, because everything that `node:net` reads passes through the
   * heap of the main thread. A library leaves this to the program that it is part of.
   */
  growHeap?(): void;
  /** Sets the umask and returns the one before. Throws in a thread that may not set it. */
  umask?(mask: number): number;
  /** Calls `listener` on the signal until the returned function is called. */
  onSignal(signal: HostSignal, listener: () => void): () => void;
}
