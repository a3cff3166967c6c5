import test from 'ava';
import { handedOn } from '../../src/plan/handed-on.ts';
import type { ListenAddress } from '../../src/plan/plan.ts';
import { listenerPlan } from '../helpers/engine-harness.ts';

const at = (port: number): ListenAddress => ({ kind: 'tcp', ip: null, port });
const unix: ListenAddress = { kind: 'unix', path: '/run/herald.sock' };

/** Who gets whose socket, where these are open and those are wanted. */
function handed(open: readonly (readonly [number, ListenAddress])[], next: typeof open): [number, number][] {
  const plans = next.map(([id, listen]) => listenerPlan({ id, listen }));
  return [...handedOn(new Map(open), plans)];
}

for (const [title, open, next, expected] of [
  ['a listener that stays keeps its own socket', [[0, at(80)]], [[0, at(80)]], []],
  ['another name at an address gets the socket of the one before', [[0, at(80)]], [[1, at(80)]], [[1, 0]]],
  ['a path is handed on as a port is', [[0, unix]], [[1, unix]], [[1, 0]]],
  [
    'two that change places get the socket of each other',
    [
      [0, at(80)],
      [1, at(81)],
    ],
    [
      [0, at(81)],
      [1, at(80)],
    ],
    [
      [0, 1],
      [1, 0],
    ],
  ],
  ['a port that nobody has is nobody’s to hand on', [[0, at(80)]], [[1, at(81)]], []],
  ['port 0 is another port every time', [[0, at(0)]], [[1, at(0)]], []],
  [
    'a socket that its holder keeps is not handed on',
    [[0, at(80)]],
    [
      [0, at(80)],
      [1, at(80)],
    ],
    [],
  ],
] as const) {
  test(title, (t) => {
    t.deepEqual(handed(open, next), expected as unknown as [number, number][]);
  });
}

test('four times as many listeners are four times the work', (t) => {
  const looksAt = (listeners: number) => {
    let looks = 0;
    const open = new Map<number, ListenAddress>();
    for (let at = 0; at < listeners; at++) {
      open.set(at, {
        kind: 'unix',
        get path() {
          looks++;
          return `/${at}`;
        },
      });
    }
    const plans = [...open.keys()].map((id) =>
      listenerPlan({ id, listen: { kind: 'unix', path: `/${id}` } }),
    );
    t.is(handedOn(open, plans).size, 0);
    return looks;
  };
  t.is(looksAt(800), 4 * looksAt(200));
});
