/** One mistake. `code` is permanent, `option` says where it was written, `got` is ready to print. */
export interface ConfigProblem {
  readonly code: string;
  /** `--trust`, `HERALD_TRUST` or `herald.yaml:12: listeners[0].trust`. */
  readonly option: string;
  readonly expected: string;
  readonly got: string;
  /** Replaces "expected …, got …" if there is more to say. */
  readonly message?: string;
}

/** The configuration is wrong (exit status 2). Holds every mistake that could be found. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];
  /** The problems as text, one line each: at most 20 of a kind, then a line that counts the rest. */
  readonly lines: readonly string[];
  /** Warnings found before the mistakes, such as those of former names, which may explain them. One line each. */
  readonly warnings: readonly string[];

  constructor(problems: readonly ConfigProblem[], warnings: readonly string[] = []) {
    const lines = spelledOut(problems, ({ code }) => code, formatProblem, formatRest);
    super(lines.join('\n'));
    this.problems = problems;
    this.lines = lines;
    this.warnings = warnings;
  }
}

/** One line: the place, what was expected, what came. */
export function formatProblem({ option, expected, got, message }: ConfigProblem): string {
  return `${option}: ${message ?? `expected ${expected}, got ${got}`}`;
}

const PLURALS: ReadonlyMap<string, string> = new Map([
  ['unknown_option', 'unknown keys'],
  ['unknown_flag', 'unknown flags'],
  ['unexpected_argument', 'unexpected arguments'],
  ['invalid_syntax', 'syntax errors'],
  ['invalid_type', 'values of the wrong kind'],
  ['invalid_address', 'invalid addresses'],
  ['invalid_source', 'invalid sources'],
  ['invalid_tlv', 'invalid TLVs'],
  ['missing', 'missing values'],
  ['duplicate_name', 'duplicate names'],
  ['duplicate_address', 'duplicate addresses'],
  ['duplicate_endpoint', 'duplicate endpoints'],
]);

/** Counts the problems that are left out, with the place of the first. */
function formatRest(code: string, more: string, { option }: ConfigProblem): string {
  const plural = PLURALS.get(code) ?? `problems of this kind (${code})`;
  return `${option}: and ${more} more ${plural}, the first of them here`;
}

/** A required value that was not written. `since` says why, if it is not always required. */
export function missing(option: string, expected: string, since?: string): ConfigProblem {
  const message = `is required${since === undefined ? '' : `, since ${since}`}: ${expected}`;
  return { code: 'missing', option, expected, got: 'nothing', message };
}

/** The name of Herald's node is not known. `why`: a sentence that says what needs it. */
export function missingNode(option: string, why: string): ConfigProblem {
  const message = `${why}: set this option, or the variable NODE_NAME from spec.nodeName`;
  return { code: 'missing', option, expected: "the name of Herald's node", got: 'nothing', message };
}

/** Lines of one kind: 20,000 alike are one mistake, and a screen has about 50 lines. */
const MOST = 20;

/**
 * Items as lines, at most 20 of a kind. After all of them comes one line for each longer kind, made by `restOf`: `more` is
 * the number of items left out, `first` the first of those.
 */
export function spelledOut<T>(
  items: readonly T[],
  kindOf: (item: T) => string,
  lineOf: (item: T) => string,
  restOf: (kind: string, more: string, first: T) => string,
): string[] {
  const kinds = new Map<string, { count: number; first: T | undefined }>();
  const lines: string[] = [];
  for (const item of items) {
    const kind = kindOf(item);
    const seen = kinds.get(kind) ?? { count: 0, first: undefined };
    kinds.set(kind, seen);
    seen.count++;
    if (seen.count <= MOST) lines.push(lineOf(item));
    else seen.first ??= item;
  }
  for (const [kind, { count, first }] of kinds) {
    if (first !== undefined) lines.push(restOf(kind, (count - MOST).toLocaleString('en-US'), first));
  }
  return lines;
}
