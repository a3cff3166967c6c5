import { showValue } from './show-value.ts';

/** Why a value is refused: a `ConfigProblem` without its place. */
interface ValueRefusal {
  readonly code: string;
  readonly expected: string;
  readonly got: string;
  readonly message?: string;
}

export type ParsedValue<T> = { readonly value: T } | { readonly refusals: readonly ValueRefusal[] };

/** The form of a value in the file, and its JSON Schema. `none`: `false` means none. `zero`: a plain 0 is allowed. */
export type FileShape =
  | { readonly kind: 'flag' }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number; readonly none?: true }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'text'; readonly pattern?: string; readonly none?: true; readonly zero?: true }
  | { readonly kind: 'list'; readonly none?: true }
  /** A list of texts and of `WrittenDestination`s. */
  | { readonly kind: 'destinations' };

/**
 * A type of value, described once for flags, environment, file, help and manual. `T` is the parsed value, `Written` what
 * a file or a program writes.
 */
export interface ValueType<T, Written = unknown> {
  /**
   * `one`: given once. `list`: repeated, or separated by commas. `repeated`: repeated only, since commas belong to
   * the text. `flag`: needs no value.
   */
  readonly arity: 'one' | 'list' | 'repeated' | 'flag';
  /** Markdown for the manual: the choices, or what the value looks like. */
  readonly values: string;
  /** Completes "expected …". */
  readonly expected: string;
  readonly file: FileShape;
  /** Parses the texts: a list gets all items, other arities one. Never throws. */
  parse(texts: readonly string[]): ParsedValue<T>;
  /** Valid but probably unintended; one warning each. */
  doubts?(texts: readonly string[]): readonly string[];
  /** For the compiler alone: no value has it. */
  readonly written?: Written;
}

/** A list in a file: an array, or one text with commas. */
export type WrittenList = string | readonly string[];

/** An endpoint in a file that has a weight or is a backup. */
export interface WrittenDestination {
  readonly endpoint: string;
  readonly weight?: number | undefined;
  readonly backup?: boolean | undefined;
}

export function accept<T>(value: T): ParsedValue<T> {
  return { value };
}

export function refuse(code: string, expected: string, text: string, message?: string): ParsedValue<never> {
  const refusal = { code, expected, got: showValue(text) };
  return { refusals: [message === undefined ? refusal : { ...refusal, message }] };
}

/** The same with a guess of what was meant. */
export function refuseWithHint(
  code: string,
  expected: string,
  text: string,
  meant: string,
): ParsedValue<never> {
  const message = `expected ${expected}, got ${showValue(text)}; did you mean ${meant}?`;
  return refuse(code, expected, text, message);
}

/** Parses every item of a list (`a,b` is two) and collects all refusals. */
export function parseList<T>(
  texts: readonly string[],
  parseItem: (text: string) => ParsedValue<T>,
): ParsedValue<T[]> {
  return parseAll(listItems(texts), parseItem);
}

/** The items of a list; `a,b` is two. */
export function listItems(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(',').map((item) => item.trim()));
}

/** The same for texts in which commas do not separate. */
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
