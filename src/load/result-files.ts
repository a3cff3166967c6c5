import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { type LoadResult, readResult } from './result.ts';

const REASONS: { readonly [code: string]: string } = {
  ENOENT: 'there is no such file, or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
};

/** Why nothing can be written there; undefined where it can. A run of an hour must not end in a wrong path. */
export function whyNotWritable(path: string): string | undefined {
  try {
    appendFileSync(path, '');
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

export function writeText(path: string, text: string): void {
  writeFileSync(path, text);
}

/** What `--json` wrote there, or what is wrong with it. */
export function readResultFile(path: string): LoadResult | { readonly problem: string } {
  try {
    return readResult(readFileSync(path, 'utf8'));
  } catch (error) {
    return { problem: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? message;
}
