import { readFileSync, statSync } from 'node:fs';

/** File access of discovery, replaceable in tests. The files are small and local, so reading is synchronous. */
export interface Files {
  /** The text, or undefined if it cannot be read. */
  read(path: string): string | undefined;
  /** The time of the last change, in milliseconds of the file system's clock; undefined if unknown. */
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
