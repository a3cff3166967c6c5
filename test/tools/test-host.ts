import { PassThrough, Writable } from 'node:stream';
import type { Host, HostSignal } from '../../src/observe/host.ts';

/** A host played by a test: it collects the output, and sends signals. */
export interface TestHost extends Host {
  readonly out: () => string;
  readonly err: () => string;
  signal(signal: HostSignal): void;
  /** Resolves when standard output holds a match. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  /** The number of signal listeners that are still registered. */
  readonly listening: number;
}

export function createTestHost({
  isTTY = false,
  stdinIsTerminal = false,
  columns,
}: {
  isTTY?: boolean;
  stdinIsTerminal?: boolean;
  columns?: number;
} = {}): TestHost {
  const out: string[] = [];
  const err: string[] = [];
  const listeners = new Map<() => void, HostSignal>();
  let wake = () => {};
  const collect = (into: string[]) =>
    new Writable({
      decodeStrings: false,
      write(chunk, _encoding, done) {
        into.push(String(chunk));
        wake();
        done();
      },
    });
  return {
    env: {},
    stdin: new PassThrough(),
    stdinIsTerminal,
    stdout: Object.assign(collect(out), { isTTY, ...(columns === undefined ? {} : { columns }) }),
    stderr: collect(err),
    version: '0.0.0',
    nodeVersion: process.versions.node,
    platform: process.platform,
    pid: process.pid,
    onSignal(signal, listener) {
      const own = () => listener();
      listeners.set(own, signal);
      return () => listeners.delete(own);
    },
    out: () => out.join(''),
    err: () => err.join(''),
    signal(signal) {
      for (const [listener, wanted] of [...listeners]) if (wanted === signal) listener();
    },
    async waitFor(pattern) {
      for (;;) {
        const match = pattern.exec(out.join(''));
        if (match !== null) return match;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    get listening() {
      return listeners.size;
    },
  };
}
