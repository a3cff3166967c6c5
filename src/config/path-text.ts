import { showValue } from './show-value.ts';

/** `["listeners", 0, "trust"]` → `listeners[0].trust`; a key that is no word is quoted in brackets. */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((step, at) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!/^[\w$]+$/.test(step)) return `[${showValue(step)}]`;
      return at === 0 ? step : `.${step}`;
    })
    .join('');
}
