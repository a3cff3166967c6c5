import { readFileSync } from 'node:fs';

/** Reads one small file, or undefined where it can't be read. */
export type ReadText = (path: string) => string | undefined;

export const readText: ReadText = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};
