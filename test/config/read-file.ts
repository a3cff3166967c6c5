import type { ExecutionContext } from 'ava';
import { configFromFile } from '../../src/config/config-from-file.ts';
import { linesOf } from './problems-of.ts';
import { temporaryFile } from './temporary-file.ts';

/** Reads a file with this text. */
export function read(t: ExecutionContext, text: string, flags: object = {}, env = {}) {
  return configFromFile(temporaryFile(t, text), new Map(Object.entries(flags)), env);
}

/** The lines that a user would see, without the folder of the file. */
export function lines(t: ExecutionContext, text: string, flags: object = {}, env = {}): string[] {
  return linesOf(() => read(t, text, flags, env)).map((line) => line.replace(/^\/[^:]*\//, ''));
}

/** The least that works. */
export const LEAST = `
version: 1
listeners:
  - listen: ":8000"
    to: 10.0.0.1:80
`;
