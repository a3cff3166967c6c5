import type { LabelRequirement } from '../../config/gateway-options.ts';
import { isLabelValue, isQualifiedName } from '../../config/values/kubernetes-names.ts';
import { objectOf } from '../../discovery/kubernetes/json.ts';
import { objectsOf } from './read-object.ts';

/** A selector of an object as requirements, or why it is not one: then it matches nothing. */
export type LabelSelector =
  | { readonly is: 'valid'; readonly requirements: readonly LabelRequirement[] }
  | { readonly is: 'invalid'; readonly why: string };

interface Labels {
  readonly [name: string]: string;
}

/** All requirements hold. As in Kubernetes, `NotIn` also holds if the label is absent; no requirement matches everything. */
export function matchesLabels(requirements: readonly LabelRequirement[], labels: Labels): boolean {
  return requirements.every((requirement) => holds(requirement, labels));
}

function holds({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** An invalid selector matches nothing. */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  return selector.is === 'valid' && matchesLabels(selector.requirements, labels);
}

/**
 * `matchLabels` and `matchExpressions` of an object (untrusted JSON) → requirements. An empty selector matches everything,
 * as in Kubernetes; one that is absent or not an object is invalid.
 */
export function readLabelSelector(value: unknown): LabelSelector {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { is: 'invalid', why: 'the label selector is missing' };
  }
  const { matchLabels, matchExpressions } = objectOf(value);
  if (!isAbsent(matchLabels) && (typeof matchLabels !== 'object' || Array.isArray(matchLabels))) {
    return { is: 'invalid', why: 'matchLabels of the label selector is not a map' };
  }
  if (!isAbsent(matchExpressions) && !Array.isArray(matchExpressions)) {
    return { is: 'invalid', why: 'matchExpressions of the label selector is not a list' };
  }
  const requirements: LabelRequirement[] = [];
  const labels = Object.entries(objectOf(matchLabels)).map(([key, text]) => {
    return { key, operator: 'In', values: [text] };
  });
  for (const each of [...labels, ...objectsOf(matchExpressions)]) {
    const requirement = readRequirement(each);
    if (typeof requirement === 'string') return { is: 'invalid', why: requirement };
    requirements.push(requirement);
  }
  return { is: 'valid', requirements };
}

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;

function readRequirement(value: { readonly [name: string]: unknown }): LabelRequirement | string {
  const { key } = value;
  if (typeof key !== 'string' || !isQualifiedName(key))
    return 'the label selector has a key that no label can have';
  const operator = OPERATORS.find((each) => each === value.operator);
  if (operator === undefined) {
    return `the operator of the label selector for ${key} is none of ${OPERATORS.join(', ')}`;
  }
  const written = isAbsent(value.values) ? [] : value.values;
  if (!Array.isArray(written) || !written.every((each) => typeof each === 'string' && isLabelValue(each))) {
    return `the label selector for ${key} has a value that no label can have`;
  }
  const needsValues = operator === 'In' || operator === 'NotIn';
  if (needsValues !== written.length > 0) {
    const rule = needsValues ? 'needs values' : 'must have no values';
    return `the operator ${operator} of the label selector for ${key} ${rule}`;
  }
  return { key, operator, values: written };
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}
