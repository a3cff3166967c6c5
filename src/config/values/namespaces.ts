import type { LabelRequirement, NamespaceChoice } from '../gateway-options.ts';
import { accept, type ParsedValue, parseAll, refuse, type ValueType } from '../value-type.ts';
import { isLabelValue, isQualifiedName } from './kubernetes-names.ts';

const EXPECTED = 'all, or labels of namespaces such as team=shop or env in (dev,test),!legacy';

/**
 * Whose objects count: `all`, or a label selector in kubectl's form. Its terms are `key=value` (or `==`), `key!=value`,
 * `key in (a,b)`, `key notin (a,b)`, `key` and `!key`, separated by commas; all of them must hold.
 */
export const namespaces: ValueType<NamespaceChoice, string> = {
  arity: 'one',
  values: '`all`, or a label selector',
  expected: EXPECTED,
  file: { kind: 'text' },
  doubts: ([text = '']) => bareWords(termsOf(text)),
  parse: ([text = '']) => {
    if (text === 'all') return accept({ kind: 'all' });
    const parsed = parseAll(termsOf(text), readTerm);
    return 'value' in parsed ? accept({ kind: 'selector', requirements: parsed.value }) : parsed;
  },
};

/** `shop,db` is a valid selector, and asks for labels of these names. Names of namespaces were probably meant. */
function bareWords(terms: readonly string[]): string[] {
  if (!terms.every((term) => /^[a-z0-9-]+$/.test(term)) || terms.join() === 'all') return [];
  const labels = terms.length === 1 ? 'a label of this name' : 'labels of these names';
  return [
    `${terms.join()} chooses namespaces that have ${labels}; to choose by the names of namespaces, write kubernetes.io/metadata.name in (${terms.join()})`,
  ];
}

/** Commas within parentheses belong to a term. */
function termsOf(text: string): string[] {
  return text.split(/,(?![^(]*\))/).map((term) => term.trim());
}

function readTerm(term: string): ParsedValue<LabelRequirement> {
  const [, set, word, listed = ''] = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(term) ?? [];
  if (set !== undefined) {
    const values = listed.split(',').map((value) => value.trim());
    return requirement(term, set, word === 'in' ? 'In' : 'NotIn', values);
  }
  const [, key, sign, value = ''] = /^([^\s=!]+)\s*(==?|!=)\s*(\S*)$/.exec(term) ?? [];
  if (key !== undefined) return requirement(term, key, sign === '!=' ? 'NotIn' : 'In', [value]);
  const absent = term.startsWith('!');
  return requirement(term, absent ? term.slice(1).trim() : term, absent ? 'DoesNotExist' : 'Exists', []);
}

function requirement(
  term: string,
  key: string,
  operator: LabelRequirement['operator'],
  values: readonly string[],
): ParsedValue<LabelRequirement> {
  return isQualifiedName(key) && values.every(isLabelValue)
    ? accept({ key, operator, values })
    : refuse('invalid_selector', EXPECTED, term);
}
