import { showValue } from './show-value.ts';

/** Why a value is refused: a `ConfigProblem` that does not know yet where it was written. */
interface ValueRefusal {
  readonly code: string;
  readonly expected: string;
  readonly got: string;
  readonly message?: string;
}

export type ParsedValue<T> = { readonly value: T } | { readonly refusals: readonly ValueRefusal[] };

/** What the file takes instead of text, and what its JSON Schema says. `none`: `false` is read so. */
export type FileShape =
  | { readonly kind: 'flag' }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number; readonly none?: true }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'text'; readonly pattern?: string; readonly none?: true; readonly zero?: true }
  | { readonly kind: 'list'; readonly none?: true };

/**
 * A kind of value, in one piece for flags, environment, file, help and manual. `T` is what is read, `Written` what a
 * file or a program writes.
 */
export interface ValueType<T, Written = unknown> {
  /**
   * How often a flag comes and what takes it apart: once; often or with commas; often, since commas
   * belong to the text; or a flag that needs no value.
   */
  readonly arity: 'one' | 'list' | 'repeated' | 'flag';
  /** Markdown for the manual: the choices, or what the value looks like. */
  readonly values: string;
  /** Follows "expected". */
  readonly expected: string;
  readonly file: FileShape;
  /** Reads what was written; a list gets every piece, the others one. Never throws. */
  parse(texts: readonly string[]): ParsedValue<T>;
  /** Valid but probably unintended; one warning each. */
  doubts?(texts: readonly string[]): readonly string[];
  /** For the compiler alone: no value has it. */
  readonly written?: Written;
}

/** A list in a file, or one piece of it; a text may also hold several with commas. */
export type WrittenList = string | readonly string[];

export function accept<T>(value: T): ParsedValue<T> {
  return { value };
}

export function refuse(code: string, expected: string, text: string, message?: string): ParsedValue<never> {
  const refusal = { code, expected, got: showValue(text) };
  return { refusals: [message === undefined ? refusal : { ...refusal, message }] };
}

/** The same where what was meant can be told. */
export function refuseWithHint(
  code: string,
  expected: string,
  text: string,
  meant: string,
): ParsedValue<never> {
  const message = `expected ${expected}, got ${showValue(text)}; did you mean ${meant}?`;
  return refuse(code, expected, text, message);
}

/** Reads every piece of a list, `a,b` being two, and collects what is wrong with any of them. */
export function parseList<T>(
  texts: readonly string[],
  parseItem: (text: string) => ParsedValue<T>,
): ParsedValue<T[]> {
  return parseAll(listItems(texts), parseItem);
}

/** The pieces of a list, `a,b` being two. */
export function listItems(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(',').map((item) => item.trim()));
}

/** The same for texts that are not taken apart. */
export function parseAll<T>(
  texts: readonly string[],
  parseItem: (text: string) => ParsedValue<T>,
): ParsedValue<T[]> {
  const values: T[] = [];
  const refusals: ValueRefusal[] = [];
  for (const text of texts) {
    const parsed = parseItem(text);
    if ('value' in parsed) values.push(parsed.value);
    else refusals.push(...parsed.refusals);
  }
  return refusals.length > 0 ? { refusals } : { value: values };
}
