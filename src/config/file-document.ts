import { closeSync, openSync, readSync } from 'node:fs';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { DocumentIndex } from './document-index.ts';
import { showValue } from './show-value.ts';

/** A parsed file: its content, and the line of each part. */
export interface FileDocument {
  readonly content: unknown;
  /** `["listeners", 0, "trust"]` → its line, or that of the nearest enclosing part if it is missing. */
  lineOf(path: readonly (string | number)[]): number;
}

/** Reads a file of YAML (JSON is a subset). Throws a `ConfigError` with every syntax error. */
export function readDocument(file: string): FileDocument {
  const text = readText(file);
  const lines = new LineCounter();
  const { document, index } = parse(text, lines, file);
  const mistakes = [
    ...foundBy(document).map(({ code, message, pos }) => ({
      code,
      message: plainMessage(message),
      at: pos[0],
    })),
    ...index.duplicates.map((key) => ({ code: 'DUPLICATE_KEY', message: TWICE, at: key.range?.[0] ?? 0 })),
  ].sort((a, b) => a.at - b.at);
  const problems = mistakes.map(({ code, message, at }): ConfigProblem => {
    const option = `${file}:${lines.linePos(at).line}`;
    return { code: 'invalid_syntax', option, expected: 'YAML or JSON', got: code, message };
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    content: contentOf(document, index, file),
    lineOf: (path) => lines.linePos(index.positionOf(path)).line,
  };
}

/** The errors of the parser. On stack overflow it reports one for each level; only the first is kept. */
function foundBy({ errors }: Document): Document['errors'] {
  const first = errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  return errors.filter((error) => error.code !== 'RESOURCE_EXHAUSTION' || error === first);
}

const TWICE = 'Map keys must be unique';
const TOO_DEEP = 'it is nested too deeply';

/** Duplicate keys are found by the index: the parser's own check is quadratic. */
function parse(text: string, lineCounter: LineCounter, file: string) {
  try {
    const document = parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false });
    return { document, index: new DocumentIndex(document) };
  } catch (error) {
    throw brokenFile(file, 'a broken file', error);
  }
}

/** The parser is recursive, and reports a stack overflow like any other error. */
function plainMessage(message: string): string {
  return /call stack/i.test(message) ? TOO_DEEP : firstLine(message);
}

function brokenFile(file: string, got: string, error: unknown): ConfigError {
  const message = plainMessage(error instanceof Error ? error.message : String(error));
  return new ConfigError([{ code: 'invalid_syntax', option: file, expected: 'YAML or JSON', got, message }]);
}

/** 65,536 endpoints, the most that Herald supports, are less than 2 MB of text; a larger file is the wrong one. */
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
  const message = `cannot read ${got}: ${why}`;
  return new ConfigError([
    { code: 'file_unreadable', option: '--config', expected: 'a file that can be read', got, message },
  ]);
}

/** Null if there is more. The file size is not used: a pipe reports 0, and may never end. */
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

/** Resolving an alias scans all anchors before it. */
const MAX_ALIASES = 1000;

function contentOf(document: Document, { aliases }: DocumentIndex, file: string): unknown {
  try {
    if (aliases > MAX_ALIASES) throw new Error(`it has more than ${MAX_ALIASES} aliases`);
    return document.toJS();
  } catch (error) {
    // Aliases without an anchor, or nested so that they expand beyond bounds.
    throw brokenFile(file, 'bad aliases', error);
  }
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]!;
}
