import test from 'ava';
import { formatRequest, parseAttributes } from '../../src/linux/netlink-message.ts';
import {
  formatExpressions,
  isForTransparentSocket,
  isOfConnectionMark,
  isOfDirection,
  isTcp,
  isToPort,
  type NfExpression,
  saysTheSame,
  setConnectionMark,
  setMark,
  verdict,
} from '../../src/linux/nf-expressions.ts';
import { fromLinux, leavesNothingOpen, onLinux } from './on-linux.ts';

const { Netlink, NETLINK } = await fromLinux(() => import('../../src/linux/netlink.ts'));
const { NF_HOOK, readTable, tableRequests } = await fromLinux(() => import('../../src/linux/nf-tables.ts'));

leavesNothingOpen();

/**
 * What nft 1.0.6 sends, without the header of each message, for:
 *
 *     add table inet herald-routes
 *     add chain inet herald-routes dials { type filter hook output priority mangle; policy accept; }
 *     add rule inet herald-routes dials meta l4proto tcp ct direction original ct mark 0 socket transparent 1 ct mark set 0x3048
 *     add chain inet herald-routes answers { type filter hook prerouting priority mangle; policy accept; }
 *     add rule inet herald-routes answers ct direction reply ct mark 0x3048 meta mark set 0x3048 accept
 *     add rule inet herald-routes answers meta l4proto tcp socket transparent 1 meta mark set 0x3048 accept
 *     add chain inet herald-routes guard { type filter hook forward priority filter; policy accept; }
 *     add rule inet herald-routes guard tcp dport 9466 drop
 */
const OF_NFT: readonly (readonly [what: string, hex: string])[] = [
  ['add table', '0100000012000100686572616c642d726f757465730000000800020000000000'],
  [
    'add chain dials',
    '0100000012000100686572616c642d726f757465730000000a0003006469616c730000000b00070066696c7465720000' +
      '080005000000000114000480080001000000000308000200ffffff6a',
  ],
  [
    'add rule dials',
    '0100000012000100686572616c642d726f757465730000000a0002006469616c73000000900104802400018009000100' +
      '6d6574610000000014000280080002000000001008000100000000012c00018008000100636d70002000028008000100' +
      '0000000108000200000000000c0003800500010006000000200001800700010063740000140002800800020000000001' +
      '08000100000000012c00018008000100636d700020000280080001000000000108000200000000000c00038005000100' +
      '0000000020000180070001006374000014000280080002000000000308000100000000012c00018008000100636d7000' +
      '20000280080001000000000108000200000000000c00038008000100000000002c0001800b000100736f636b65740000' +
      '1c0002800800010000000000080002000000000108000300000000002c00018008000100636d70002000028008000100' +
      '0000000108000200000000000c00038005000100010000002c0001800e000100696d6d65646961746500000018000280' +
      '08000100000000010c000280080001004830000020000180070001006374000014000280080002000000000308000400' +
      '00000001',
  ],
  [
    'add chain answers',
    '0100000012000100686572616c642d726f757465730000000c000300616e7377657273000b00070066696c7465720000' +
      '080005000000000114000480080001000000000008000200ffffff6a',
  ],
  [
    'add rule of connections',
    '0100000012000100686572616c642d726f757465730000000c000200616e7377657273001c0104802000018007000100' +
      '6374000014000280080002000000000108000100000000012c00018008000100636d7000200002800800010000000001' +
      '08000200000000000c000380050001000100000020000180070001006374000014000280080002000000000308000100' +
      '000000012c00018008000100636d700020000280080001000000000108000200000000000c0003800800010048300000' +
      '2c0001800e000100696d6d6564696174650000001800028008000100000000010c000280080001004830000024000180' +
      '090001006d657461000000001400028008000200000000030800030000000001300001800e000100696d6d6564696174' +
      '650000001c0002800800010000000000100002800c0002800800010000000001',
  ],
  [
    'add rule answers',
    '0100000012000100686572616c642d726f757465730000000c000200616e7377657273002c0104802400018009000100' +
      '6d6574610000000014000280080002000000001008000100000000012c00018008000100636d70002000028008000100' +
      '0000000108000200000000000c00038005000100060000002c0001800b000100736f636b657400001c00028008000100' +
      '00000000080002000000000108000300000000002c00018008000100636d700020000280080001000000000108000200' +
      '000000000c00038005000100010000002c0001800e000100696d6d656469617465000000180002800800010000000001' +
      '0c000280080001004830000024000180090001006d657461000000001400028008000200000000030800030000000001' +
      '300001800e000100696d6d6564696174650000001c0002800800010000000000100002800c0002800800010000000001',
  ],
  [
    'add chain guard',
    '0100000012000100686572616c642d726f757465730000000a00030067756172640000000b00070066696c7465720000' +
      '08000500000000011400048008000100000000020800020000000000',
  ],
  [
    'add rule guard',
    '0100000012000100686572616c642d726f757465730000000a0002006775617264000000e40004802400018009000100' +
      '6d6574610000000014000280080002000000001008000100000000012c00018008000100636d70002000028008000100' +
      '0000000108000200000000000c0003800500010006000000340001800c0001007061796c6f6164002400028008000100' +
      '000000010800020000000002080003000000000208000400000000022c00018008000100636d70002000028008000100' +
      '0000000108000200000000000c0003800600010024fa0000300001800e000100696d6d6564696174650000001c000280' +
      '0800010000000000100002800c0002800800010000000000',
  ],
];

const DIALS: readonly NfExpression[] = [
  ...isTcp(),
  ...isOfDirection('original'),
  ...isOfConnectionMark(0),
  ...isForTransparentSocket(),
  ...setConnectionMark(0x3048),
];
const CONNECTIONS: readonly NfExpression[] = [
  ...isOfDirection('reply'),
  ...isOfConnectionMark(0x3048),
  ...setMark(0x3048),
  verdict('ACCEPT'),
];
const ANSWERS: readonly NfExpression[] = [
  ...isTcp(),
  ...isForTransparentSocket(),
  ...setMark(0x3048),
  verdict('ACCEPT'),
];
const GUARD: readonly NfExpression[] = [...isTcp(), ...isToPort(9466), verdict('DROP')];

onLinux('the requests for a table are those that nft makes, byte for byte', (t) => {
  const requests = tableRequests({
    name: 'herald-routes',
    chains: [
      { name: 'dials', hook: NF_HOOK.OUTPUT, priority: -150, rules: [DIALS] },
      { name: 'answers', hook: NF_HOOK.PREROUTING, priority: -150, rules: [CONNECTIONS, ANSWERS] },
      { name: 'guard', hook: NF_HOOK.FORWARD, priority: 0, rules: [GUARD] },
    ],
  });
  t.is(requests.length, OF_NFT.length);
  for (const [at, [what, hex]] of OF_NFT.entries()) {
    const bytes = formatRequest({ ...requests[at]!, sequence: at });
    t.is(Buffer.from(bytes.subarray(16)).toString('hex'), hex, what);
  }
});

/** The expressions of a rule as nft sends them, which is how the kernel gives them too. */
function expressionsOf(what: string): Uint8Array {
  const [, hex] = OF_NFT.find(([name]) => name === what)!;
  return parseAttributes(Buffer.from(hex, 'hex'), 4).get(4)!;
}

test('a rule is known by its expressions', (t) => {
  t.true(saysTheSame(formatExpressions(DIALS), expressionsOf('add rule dials')));
  t.true(saysTheSame(formatExpressions(CONNECTIONS), expressionsOf('add rule of connections')));
  t.true(saysTheSame(formatExpressions(ANSWERS), expressionsOf('add rule answers')));
  t.true(saysTheSame(formatExpressions(GUARD), expressionsOf('add rule guard')));
});

for (const [title, expressions] of Object.entries({
  'of another mark': [...isTcp(), ...isForTransparentSocket(), ...setMark(0x3049), verdict('ACCEPT')],
  'with another verdict': [...isTcp(), ...isForTransparentSocket(), ...setMark(0x3048), verdict('DROP')],
  'for all protocols': [...isForTransparentSocket(), ...setMark(0x3048), verdict('ACCEPT')],
  'with its steps in another order': [
    ...isForTransparentSocket(),
    ...isTcp(),
    ...setMark(0x3048),
    verdict('ACCEPT'),
  ],
  'that does more': [...ANSWERS, verdict('ACCEPT')],
  'that does nothing': [],
  'for another port': GUARD,
} as { readonly [title: string]: readonly NfExpression[] })) {
  test(`a rule ${title} is another rule`, (t) => {
    t.false(saysTheSame(formatExpressions(expressions), expressionsOf('add rule answers')));
  });
}

test('the kernel may leave out what is 0, and nothing else', (t) => {
  const [list] = formatExpressions(isForTransparentSocket());
  const wanted = list![1] as Parameters<typeof saysTheSame>[0];
  const given = (without: number) =>
    formatRequest({
      type: 0,
      flags: 0,
      sequence: 0,
      header: new Uint8Array(0),
      attributes: [wanted[0]!, [2, (wanted[1]![1] as typeof wanted).filter(([type]) => type !== without)]],
    }).subarray(16);
  t.true(saysTheSame(wanted, given(0)));
  t.true(saysTheSame(wanted, given(3)));
  t.false(saysTheSame(wanted, given(2)));
});

onLinux('a table that nobody has made is missing, or may not be read', (t) => {
  const netlink = new Netlink(NETLINK.NETFILTER);
  t.teardown(() => netlink.close());
  const state = readTable(netlink, { name: 'herald-test-nothing', chains: [] });
  // EPERM, or the errors of a kernel without nftables.
  t.true(state === 'missing' || [-1, -22, -95].includes(state as number), String(state));
});

onLinux('the kernel refuses a batch for a ruleset that has changed since', (t) => {
  const netlink = new Netlink(NETLINK.NETFILTER);
  t.teardown(() => netlink.close());
  const header = Uint8Array.of(0, 0, 0, 10);
  const [addition] = tableRequests({ name: 'herald-test-nothing', chains: [] });
  const result = netlink.batch([
    // No ruleset has ever been changed so often.
    { type: 16, flags: 0, header, attributes: [[1, Uint8Array.of(0xff, 0xff, 0xff, 0xff)]] },
    addition!,
    { type: 17, flags: 0, header, attributes: [] },
  ]);
  // ERESTART; or EPERM, or the errors of a kernel without nftables.
  t.true([-85, -1, -22, -95].includes(result), String(result));
});
