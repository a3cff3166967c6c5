import { readFileSync, statSync } from 'node:fs';

/** The files that discovery reads: small ones, in memory or on a local disk. */
export interface Files {
  /** The text, or undefined where it can't be read. */
  read(path: string): string | undefined;
  /** When it was changed last, by the clock of its file system; undefined where that can't be told. */
  modifiedMs(path: string): number | undefined;
}

export const realFiles: Files = {
  read: (path) => attempt(() => readFileSync(path, 'utf8')),
  modifiedMs: (path) => attempt(() => statSync(path).mtimeMs),
};

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
