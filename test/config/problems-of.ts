import { ConfigError, type ConfigProblem } from '../../src/config/config-error.ts';

/** The problems that it throws; none where it throws nothing. Any other error is thrown on. */
export function problemsOf(read: () => unknown): readonly ConfigProblem[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

/** The lines that a user would see. */
export function linesOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
}
