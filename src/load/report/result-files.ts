import {
  appendFileSync,
  closeSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import type { LoadResult } from '../result.ts';
import { readResult } from './read-result.ts';

const REASONS: { readonly [code: string]: string } = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is exceeded',
  EFBIG: 'the file would exceed the size limit',
  EPIPE: 'the reader has closed the pipe',
};

/** More than the figures of a usual run, or the page with them, need. */
const ROOM = Buffer.alloc(512 * 1024);

/**
 * Why the file cannot be written, as far as can be known in advance; undefined if it can. Checked before a run, so that
 * an hour of load is not lost to a wrong path or a full disk. The content of an existing file is kept.
 */
export function whyNotWritable(path: string): string | undefined {
  const isNew = lstatSync(path, { throwIfNoEntry: false }) === undefined;
  try {
    const file = openSync(path, 'a');
    try {
      tryRoom(file);
    } finally {
      closeSync(file);
      if (isNew) rmSync(path);
    }
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Regular files only: a pipe or a device would pass the test bytes on. */
function tryRoom(file: number): void {
  const before = fstatSync(file);
  if (!before.isFile()) return;
  try {
    appendFileSync(file, ROOM);
  } finally {
    ftruncateSync(file, before.size);
  }
}

/** Writes the file; returns why not if that fails. */
export function writeText(path: string, text: string): string | undefined {
  try {
    writeFileSync(path, text);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Writes to a stream and waits until all of it is flushed; returns why not if that fails. */
export function writeStream(stream: NodeJS.WritableStream, text: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    stream.write(text, (error) => resolve(error == null ? undefined : reasonOf(error)));
  });
}

/** Reads a file that `--json` wrote. */
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
