import type { Readable, Writable } from 'node:stream';

/** What a signal means to Herald. */
export type HostSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

/**
 * The process, as the rest of the program sees it: `main.ts` alone touches the real one, and tests
 * hand in their own.
 */
export interface Host {
  readonly env: { readonly [name: string]: string | undefined };
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** `isTTY` decides between tables and JSON, readable text and JSON lines. */
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly version: string;
  readonly nodeVersion: string;
  readonly platform: string;
  readonly pid: number;
  /**
   * Lets the heap grow further before all of it is looked through: what `node:net` reads passes through the heap of the
   * main thread, and is most of what is thrown away there. A library leaves that to the program that it is part of.
   */
  growHeap?(): void;
  /** Sets which permissions new files of the process lack, and gives those before. Throws in a thread that may not. */
  umask?(mask: number): number;
  /** Calls `listener` on the signal until the returned function is called. */
  onSignal(signal: HostSignal, listener: () => void): () => void;
}
