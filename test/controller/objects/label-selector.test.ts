import test from 'ava';
import type { LabelRequirement } from '../../../src/config/gateway-options.ts';
import { matchesLabels, readLabelSelector, selects } from '../../../src/controller/objects/label-selector.ts';

const LABELS = { team: 'shop', env: 'test', empty: '' };

function requirement(
  operator: LabelRequirement['operator'],
  key: string,
  ...values: string[]
): LabelRequirement {
  return { key, operator, values };
}

test('each operator holds as in Kubernetes', (t) => {
  const cases: readonly (readonly [boolean, LabelRequirement])[] = [
    [true, requirement('In', 'team', 'bank', 'shop')],
    [false, requirement('In', 'team', 'bank')],
    [false, requirement('In', 'other', 'shop')],
    [true, requirement('In', 'empty', '')],
    [false, requirement('NotIn', 'team', 'shop')],
    [true, requirement('NotIn', 'team', 'bank')],
    [true, requirement('NotIn', 'other', 'bank')],
    [true, requirement('Exists', 'empty')],
    [false, requirement('Exists', 'other')],
    [false, requirement('DoesNotExist', 'empty')],
    [true, requirement('DoesNotExist', 'other')],
    // A label that no object has, whatever its prototype has.
    [false, requirement('Exists', 'constructor')],
    [true, requirement('NotIn', 'toString', 'x')],
  ];
  for (const [holds, each] of cases) t.is(matchesLabels([each], LABELS), holds, JSON.stringify(each));
});

test('all requirements must hold, and none matches everything', (t) => {
  t.true(matchesLabels([], LABELS));
  t.true(matchesLabels([requirement('In', 'team', 'shop'), requirement('Exists', 'env')], LABELS));
  t.false(matchesLabels([requirement('In', 'team', 'shop'), requirement('Exists', 'other')], LABELS));
});

test('matchLabels and matchExpressions of an object hold together', (t) => {
  const selector = readLabelSelector({
    matchLabels: { team: 'shop' },
    matchExpressions: [{ key: 'example.com/env', operator: 'In', values: ['test', ''] }],
  });
  t.true(selects(selector, { team: 'shop', 'example.com/env': '' }));
  t.false(selects(selector, { team: 'shop' }));
  t.true(selects(readLabelSelector({}), {}), 'an empty selector');
  t.true(selects(readLabelSelector({ matchLabels: null, matchExpressions: null }), {}));
});

test('an invalid selector matches nothing and says why', (t) => {
  const invalid: readonly unknown[] = [
    ...[undefined, null, 'team=shop', 7, []],
    ...[
      { matchLabels: [] },
      { matchLabels: 'x' },
      { matchLabels: { team: 7 } },
      { matchLabels: { 'a b': 'x' } },
    ],
    ...[{ matchLabels: { team: 'not a value' } }, { matchLabels: { ['x'.repeat(64)]: 'x' } }],
    ...[{ matchExpressions: {} }, { matchExpressions: [null] }, { matchExpressions: [{ key: 'team' }] }],
    { matchExpressions: [{ key: 'team', operator: 'in', values: ['x'] }] },
    { matchExpressions: [{ key: 'team', operator: 'In' }] },
    { matchExpressions: [{ key: 'team', operator: 'NotIn', values: [] }] },
    { matchExpressions: [{ key: 'team', operator: 'Exists', values: ['x'] }] },
    { matchExpressions: [{ key: 'team', operator: 'In', values: 'x' }] },
    { matchExpressions: [{ key: 'team', operator: 'In', values: [7] }] },
  ];
  for (const value of invalid) {
    const selector = readLabelSelector(value);
    t.is(selector.is, 'invalid', JSON.stringify(value));
    t.true(selector.is === 'invalid' && selector.why.length > 10);
    t.false(selects(selector, LABELS));
    t.false(selects(selector, {}));
  }
});
