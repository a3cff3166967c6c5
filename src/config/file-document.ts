import { closeSync, openSync, readSync } from 'node:fs';
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { showValue } from './show-value.ts';

/** A file that could be read: its content, and the line where a part of it stands. */
export interface FileDocument {
  readonly content: unknown;
  /** `["listeners", 0, "trust"]` → its line, or that of the nearest part around it where it is not there. */
  lineOf(path: readonly (string | number)[]): number;
}

/** Reads a file of YAML, and so of JSON. Throws a `ConfigError` with every mistake of its syntax. */
export function readDocument(file: string): FileDocument {
  const text = readText(file);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const errors = document.errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
  const problems = errors.map(({ code, message, pos }): ConfigProblem => {
    const option = `${file}:${lines.linePos(pos[0]).line}`;
    return {
      code: 'invalid_syntax',
      option,
      expected: 'YAML or JSON',
      got: code,
      message: firstLine(message),
    };
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    content: contentOf(document, file),
    lineOf: (path) => lines.linePos(positionOf(document, path)).line,
  };
}

/** The 65,536 endpoints that Herald has room for are less than 2 MB. To read what is larger takes seconds: it is another file. */
const MAX_BYTES = 4 * 1024 * 1024;

function readText(file: string): string {
  try {
    const text = readAtMost(file, MAX_BYTES);
    if (text !== null) return text;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw unreadable(file, READ_ERRORS.get(code ?? '') ?? `${code}`);
  }
  throw unreadable(file, 'it is larger than 4 MiB');
}

function unreadable(file: string, why: string): ConfigError {
  const got = showValue(file);
  const message = `can't read ${got}: ${why}`;
  return new ConfigError([
    { code: 'file_unreadable', option: '--config', expected: 'a file that can be read', got, message },
  ]);
}

/** Null where there is more. Not by the size that it says to have: a pipe says 0, and so does what never ends. */
function readAtMost(file: string, most: number): string | null {
  const bytes = Buffer.allocUnsafe(most + 1);
  const descriptor = openSync(file, 'r');
  try {
    let length = 0;
    for (let count = -1; count !== 0 && length <= most; length += count)
      count = readSync(descriptor, bytes, length, bytes.length - length, null);
    return length > most ? null : bytes.toString('utf8', 0, length);
  } finally {
    closeSync(descriptor);
  }
}

const READ_ERRORS = new Map([
  ['ENOENT', 'there is no such file'],
  ['EACCES', 'permission denied'],
  ['EISDIR', 'it is a directory'],
]);

function contentOf(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // Aliases without an anchor, or so many that they would blow up.
    const message = firstLine(error instanceof Error ? error.message : String(error));
    throw new ConfigError([
      { code: 'invalid_syntax', option: file, expected: 'YAML or JSON', got: 'bad aliases', message },
    ]);
  }
}

function positionOf(document: Document, path: readonly (string | number)[]): number {
  let node: unknown = document.contents;
  let position = startOf(node) ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) break;
      position = startOf(pair.key) ?? position;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      position = startOf(node) ?? position;
    } else break;
  }
  return position;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]!;
}
