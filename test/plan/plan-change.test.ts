import test from 'ava';
import { parseIp } from '../../src/address/ip.ts';
import type { ListenAddress, ListenerPlan } from '../../src/plan/plan.ts';
import { addressKey, type OpenPlan, planChange } from '../../src/plan/plan-change.ts';
import { listenerPlan } from '../helpers/engine-harness.ts';

const at = (port: number, ip: string | null = null): ListenAddress => ({
  kind: 'tcp',
  ip: ip === null ? null : parseIp(ip)!,
  port,
});
const unix = (path = '/run/herald.sock'): ListenAddress => ({ kind: 'unix', path });

/** An id, the address that the plan asks for, and the one that is open if that is another. */
type Asked = readonly [id: number, listen: ListenAddress, address?: ListenAddress];

const planned = ([id, listen]: Asked): ListenerPlan => listenerPlan({ id, listen });

function openOf(asked: readonly Asked[]): Map<number, OpenPlan> {
  return new Map(asked.map((each) => [each[0], { plan: planned(each), address: each[2] ?? each[1] }]));
}

/** The change as one text: `open 1, hand 0 to 2, change 3, close 4`. */
function told(open: ReadonlyMap<number, OpenPlan>, next: readonly ListenerPlan[]): string {
  const change = planChange(open, next);
  const { handOver, close } = change;
  const count = change.open.length + handOver.length + change.change.length + change.keep.length;
  if (count !== next.length) return `${count} of ${next.length}`;
  return [
    ...change.open.map(({ id }) => `open ${id}`),
    ...handOver.map(({ plan, holder }) => `hand ${holder} to ${plan.id}`),
    ...change.change.map(({ id }) => `change ${id}`),
    ...change.keep.map(({ id }) => `keep ${id}`),
    ...close.map((id) => `close ${id}`),
  ].join(', ');
}

const ROWS: readonly (readonly [
  title: string,
  open: readonly Asked[],
  next: readonly Asked[],
  expected: string,
])[] = [
  [
    'the first plan opens all it has',
    [],
    [
      [0, at(80)],
      [1, unix()],
    ],
    'open 0, open 1',
  ],
  [
    'an empty plan closes all that is open',
    [
      [0, at(80)],
      [1, unix()],
    ],
    [],
    'close 0, close 1',
  ],
  ['a listener that stays keeps its own socket', [[0, at(80)]], [[0, at(80)]], 'change 0'],
  [
    'another name at an address gets the socket of the one before',
    [[0, at(80)]],
    [[1, at(80)]],
    'hand 0 to 1',
  ],
  ['a path is handed on as a port is', [[0, unix()]], [[1, unix()]], 'hand 0 to 1'],
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
    'hand 1 to 0, hand 0 to 1',
  ],
  [
    'three that change places in a circle get the socket of the next one',
    [
      [0, at(80)],
      [1, unix()],
      [2, at(82)],
    ],
    [
      [0, unix()],
      [1, at(82)],
      [2, at(80)],
    ],
    'hand 1 to 0, hand 2 to 1, hand 0 to 2',
  ],
  [
    'an address that is given up goes to who takes it, and its holder to a new one',
    [[0, at(80)]],
    [
      [0, at(81)],
      [1, at(80)],
    ],
    'open 0, hand 0 to 1',
  ],
  [
    'a socket handed over leaves the taker its own to close',
    [
      [0, at(80)],
      [1, at(81)],
    ],
    [[1, at(80)]],
    'hand 0 to 1, close 1',
  ],
  ['a port that nobody has is nobody’s to hand on', [[0, at(80)]], [[1, at(81)]], 'open 1, close 0'],
  [
    'a listener that moves closes the socket that nobody takes',
    [[0, at(80)]],
    [[0, unix()]],
    'open 0, close 0',
  ],
  ['port 0 is another port every time', [[0, at(0), at(4000)]], [[1, at(0)]], 'open 1, close 0'],
  [
    'a listener that asked for port 0 keeps the port that it got',
    [[0, at(0), at(4000)]],
    [[0, at(0)]],
    'change 0',
  ],
  [
    'a listener that names the port which port 0 got it stays there',
    [[0, at(0), at(4000)]],
    [[0, at(4000)]],
    'change 0',
  ],
  [
    'a port that port 0 got is handed over as any other',
    [[0, at(0), at(4000)]],
    [[1, at(4000)]],
    'hand 0 to 1',
  ],
  ['a listener that asks for port 0 anew gets another port', [[0, at(80)]], [[0, at(0)]], 'open 0, close 0'],
  [
    'a socket that its holder keeps is not handed on',
    [[0, at(80)]],
    [
      [0, at(80)],
      [1, at(80)],
    ],
    'open 1, change 0',
  ],
  [
    'a socket is handed to one listener and no more',
    [[0, at(80)]],
    [
      [1, at(80)],
      [2, at(80)],
    ],
    'open 2, hand 0 to 1',
  ],
  [
    'an address of all interfaces is not the one of a single interface',
    [[0, at(80)]],
    [[1, at(80, '127.0.0.1')]],
    'open 1, close 0',
  ],
];

for (const [title, open, next, expected] of ROWS) {
  test(title, (t) => {
    t.is(told(openOf(open), next.map(planned)), expected);
  });
}

test('the same object is the same plan, and an equal one is a change', (t) => {
  const open = openOf([
    [0, at(80)],
    [1, at(81)],
  ]);
  t.is(told(open, [open.get(0)!.plan, planned([1, at(81)])]), 'change 1, keep 0');
});

test('four times as many listeners are four times the work', (t) => {
  const looksAt = (listeners: number) => {
    let looks = 0;
    const open = new Map<number, OpenPlan>();
    for (let id = 0; id < listeners; id++) {
      const address: ListenAddress = {
        kind: 'unix',
        get path() {
          looks++;
          return `/${id}`;
        },
      };
      open.set(id, { plan: listenerPlan({ id, listen: address }), address });
    }
    const plans = [...open.keys()].map((id) =>
      listenerPlan({ id, listen: { kind: 'unix', path: `/${id}` } }),
    );
    t.is(planChange(open, plans).change.length, listeners);
    return looks;
  };
  t.is(looksAt(800), 4 * looksAt(200));
});

/** No two of these are the same. */
const ALL: readonly (() => ListenAddress)[] = [
  () => at(80),
  () => at(81),
  () => at(80, '0.0.0.0'),
  () => at(80, '::'),
  () => at(80, '127.0.0.1'),
  () => at(81, '127.0.0.1'),
  () => at(80, '127.0.0.2'),
  () => at(80, '::1'),
  () => at(80, '::ffff:127.0.0.1'),
  () => unix('/run/a.sock'),
  () => unix('/run/b.sock'),
];

test('an address is the same as itself, written twice, and as no other', (t) => {
  t.true(ALL.length > 10);
  for (const [index, one] of ALL.entries()) {
    for (const [other, two] of ALL.entries()) {
      t.is(addressKey(one()) === addressKey(two()), index === other, `${index} ${other}`);
    }
  }
});

test('bytes are compared, and not what they lie in', (t) => {
  const wide = Uint8Array.of(9, 127, 0, 0, 1, 9);
  const key = addressKey(at(80, '127.0.0.1'));
  t.is(addressKey({ kind: 'tcp', ip: wide.subarray(1, 5), port: 80 }), key);
  t.is(addressKey({ kind: 'tcp', ip: Buffer.from([127, 0, 0, 1]), port: 80 }), key);
});
