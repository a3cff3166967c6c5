import { accept, refuse, refuseWithHint, type ValueType } from '../value-type.ts';

/** A DNS subdomain (RFC 1123): lower-case letters, digits, `-` and `.`, at most 253. */
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
/** The part behind the `/`, and the value of a label: at most 63 characters. */
const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** The name of an object, or what stands in front of the `/` of a label key. */
export function isSubdomain(text: string): boolean {
  return SUBDOMAIN.test(text);
}

/** A key of labels, which is also the form of a loadBalancerClass: `name` or `dns.subdomain/name`. */
export function isQualifiedName(text: string): boolean {
  const slash = text.indexOf('/');
  return NAME.test(text.slice(slash + 1)) && (slash < 0 || isSubdomain(text.slice(0, slash)));
}

/** The value of a label; it may be empty. */
export function isLabelValue(text: string): boolean {
  return text === '' || NAME.test(text);
}

const CLASS = 'a loadBalancerClass such as herald/edge';

/** A loadBalancerClass. */
export const className: ValueType<string, string> = {
  arity: 'one',
  values: 'a loadBalancerClass',
  expected: CLASS,
  file: { kind: 'text' },
  parse: ([text = '']) => (isQualifiedName(text) ? accept(text) : refuse('invalid_class', CLASS, text)),
};

const PREFIX = 'a DNS name in lower case with / behind it, such as herald/ or edge.example.com/';

/** What the names of annotations begin with, including the `/`. */
export const namePrefix: ValueType<string, string> = {
  arity: 'one',
  values: 'a DNS name and `/`',
  expected: PREFIX,
  file: { kind: 'text' },
  parse: ([text = '']) => {
    if (isSubdomain(text)) return refuseWithHint('invalid_prefix', PREFIX, text, `${text}/`);
    return text.endsWith('/') && isSubdomain(text.slice(0, -1))
      ? accept(text)
      : refuse('invalid_prefix', PREFIX, text);
  },
};
