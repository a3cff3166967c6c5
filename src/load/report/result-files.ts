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
  ENOENT: 'there is no such file, or folder',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is no folder',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EFBIG: 'the file would be larger than it may be',
  EPIPE: 'its reader is gone',
};

/** The figures of a usual run, and the page with them, are smaller. */
const ROOM = Buffer.alloc(512 * 1024);

/**
 * Why nothing can be written there, as far as that is known before: undefined where it can. A run of an hour must not
 * end in a wrong path, or at a full disk. What was there before still is.
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

/** A pipe, or a device, would take it for the figures. */
function tryRoom(file: number): void {
  const before = fstatSync(file);
  if (!before.isFile()) return;
  try {
    appendFileSync(file, ROOM);
  } finally {
    ftruncateSync(file, before.size);
  }
}

/** Writes it, or says why it could not. */
export function writeText(path: string, text: string): string | undefined {
  try {
    writeFileSync(path, text);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Writes to a stream until its reader has taken all of it, or says why that could not be done. */
export function writeStream(stream: NodeJS.WritableStream, text: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    stream.write(text, (error) => resolve(error == null ? undefined : reasonOf(error)));
  });
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
