import type { ConfigProblem } from './config-error.ts';

/** What must be written and was not. `since` says why it must, where that is not always so. */
export function missing(option: string, expected: string, since?: string): ConfigProblem {
  const message = `is required${since === undefined ? '' : `, since ${since}`}: ${expected}`;
  return { code: 'missing', option, expected, got: 'nothing', message };
}
