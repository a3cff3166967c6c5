/** One mistake. Codes are permanent; `option` says where it was written, `got` is ready to print. */
export interface ConfigProblem {
  readonly code: string;
  /** `--trust`, `HERALD_TRUST` or `herald.yaml:12: listeners[0].trust`. */
  readonly option: string;
  readonly expected: string;
  readonly got: string;
  /** Stands in for "expected …, got …" where more can be said. */
  readonly message?: string;
}

/** The configuration is wrong: exit status 2. Holds every mistake that could be found, not the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}

/** One line: where, what was expected, what came. */
export function formatProblem({ option, expected, got, message }: ConfigProblem): string {
  return `${option}: ${message ?? `expected ${expected}, got ${got}`}`;
}
