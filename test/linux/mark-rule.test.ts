import type { MarkRule } from '../../src/linux/mark-rule.ts';
import { fromLinux, onLinuxAtOnce as onLinux } from './on-linux.ts';

const { isSameRule, markRule, markRuleText, parseMarkRule } = await fromLinux(
  () => import('../../src/linux/mark-rule.ts'),
);

const LOOK_UP = {
  family: 4,
  priority: 6,
  mark: 0x3048,
  mask: 0xffffffff,
  iif: null,
  action: 'lookup',
  target: 124,
  isNarrow: false,
  protocol: 72,
} as const satisfies MarkRule;

/** As the kernel writes `fwmark 0x3048 lookup 124 proto 72` of priority 6, of which tests change a part. */
function rule(
  changes: {
    readonly header?: readonly [at: number, byte: number];
    readonly mask?: number;
    readonly more?: readonly number[];
  } = {},
) {
  const header = Uint8Array.of(2, 0, 0, 0, 124, 0, 0, 1, 0, 0, 0, 0);
  if (changes.header !== undefined) header[changes.header[0]] = changes.header[1];
  return Uint8Array.from([
    ...header,
    ...[8, 0, 15, 0, 124, 0, 0, 0],
    ...[8, 0, 14, 0, 0xff, 0xff, 0xff, 0xff],
    ...[8, 0, 6, 0, 6, 0, 0, 0],
    ...[8, 0, 10, 0, 0x48, 0x30, 0, 0],
    ...[8, 0, 16, 0, changes.mask ?? 0xff, 0xff, 0xff, 0xff],
    ...[5, 0, 21, 0, 72, 0, 0, 0],
    ...(changes.more ?? []),
  ]);
}

onLinux('a rule for a mark is read', (t) => {
  const found = parseMarkRule(rule());
  t.deepEqual(found, { ...LOOK_UP, hasMore: false, isInverted: false });
  t.true(isSameRule(found, LOOK_UP));
  t.is(markRuleText(found), '6: from all fwmark 0x3048 lookup 124');
});

onLinux('who made a rule does not make it another one', (t) => {
  t.true(isSameRule(parseMarkRule(rule()), { ...LOOK_UP, protocol: 3 }));
});

for (const [title, changes] of Object.entries({
  'a rule for some destinations only': { header: [1, 8] },
  'a rule for some sources only': { header: [2, 8] },
  'a rule for a type of service': { header: [3, 4] },
  'a rule that makes packets unreachable': { header: [7, 7] },
  'a rule for all that it does not name': { header: [8, 2] },
  'a rule for a part of the mark': { mask: 0xf0 },
  'a rule for some users': { more: [12, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
  'a rule for one interface': { more: [7, 0, 3, 0, 0x6c, 0x6f, 0, 0] },
  'a rule that passes over short routes': { more: [8, 0, 14, 0, 8, 0, 0, 0] },
} as const)) {
  onLinux(`${title} is another one`, (t) => {
    t.false(isSameRule(parseMarkRule(rule(changes as Parameters<typeof rule>[0])), LOOK_UP));
  });
}

onLinux('a rule that goes on elsewhere is read, also while there is no such place', (t) => {
  for (const flags of [0, 4]) {
    const body = Uint8Array.from([
      ...[10, 0, 0, 0, 0, 0, 0, 2, flags, 0, 0, 0],
      ...[8, 0, 15, 0, 0, 0, 0, 0],
      ...[7, 0, 3, 0, 0x6c, 0x6f, 0, 0],
      ...[8, 0, 6, 0, 5, 0, 0, 0],
      ...[8, 0, 10, 0, 0x48, 0x30, 0, 0],
      ...[8, 0, 16, 0, 0xff, 0xff, 0xff, 0xff],
      ...[8, 0, 4, 0, 7, 0, 0, 0],
    ]);
    const found = parseMarkRule(body);
    t.is(markRuleText(found), '5: from all fwmark 0x3048 iif lo goto 7');
    const wanted = { ...LOOK_UP, family: 6, priority: 5, iif: 'lo', action: 'goto', target: 7 } as const;
    t.true(isSameRule(found, wanted));
  }
});

onLinux('a rule without any condition that does nothing is read', (t) => {
  const body = Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, ...[8, 0, 6, 0, 7, 0, 0, 0]]);
  const wanted = {
    family: 4,
    priority: 7,
    mark: null,
    iif: null,
    action: 'nop',
    target: 0,
    protocol: 72,
  } as const;
  t.true(isSameRule(parseMarkRule(body), markRule(wanted)));
  t.is(markRuleText(markRule(wanted)), '7: from all nop');
});

onLinux('a rule that passes over default routes is read, and one that refuses', (t) => {
  const narrow = { ...LOOK_UP, target: 254, isNarrow: true };
  const body = rule({ more: [8, 0, 14, 0, 0, 0, 0, 0] });
  body.set([254, 0, 0, 0], 16);
  body.copyWithin(20, 28);
  const found = parseMarkRule(body.subarray(0, body.length - 8));
  t.true(isSameRule(found, narrow));
  t.is(markRuleText(found), '6: from all fwmark 0x3048 lookup main suppress_prefixlength 0');
  const refusing = parseMarkRule(rule({ header: [7, 7] }));
  t.true(isSameRule(refusing, { ...LOOK_UP, action: 'unreachable', target: 0 }));
  t.is(markRuleText(refusing), '6: from all fwmark 0x3048 unreachable');
});

onLinux('a mask is shown if it is not whole', (t) => {
  t.is(markRuleText({ ...LOOK_UP, mark: 0x80, mask: 0x80 }), '6: from all fwmark 0x80/0x80 lookup 124');
});
