import { Namespace, withOnly } from '../helpers/namespace.ts';
import { everything, nft, runRoutes, states, statesOf, withNodeRoutes } from './node-network.ts';

const OTHERS =
  'table inet other { chain c { type filter hook prerouting priority mangle; socket transparent 1 meta mark set 0x200 accept; }; }';
const DIALS =
  'meta l4proto tcp ct direction original ct mark 0x00000000 socket transparent 1 ct mark set 0x00003048';
const CONNECTIONS = 'ct direction reply ct mark 0x00003048 meta mark set 0x00003048 accept';
const ANSWERS = 'meta l4proto tcp socket transparent 1 meta mark set 0x00003048 accept';
const BEGUN = `chain dials { type filter hook output priority mangle; ${DIALS}; }`;
/** The table of Herald as somebody else would write it, with more or with something else in it. */
const tableWith = (rule: string, more = '') =>
  `table inet herald-routes { ${BEGUN}; chain answers { type filter hook prerouting priority mangle; ${CONNECTIONS}; ${rule}; }; ${more} }`;

const IN_USE =
  'the table inet herald-routes of nftables is of another program, of another --guard, or of another version of Herald; "nft list table inet herald-routes" shows it';

withNodeRoutes(
  'routes up --node sets a table, and rules and a route for each family, and twice is once',
  async (t) => {
    const namespace = await Namespace.create(t);
    t.deepEqual(await statesOf(t, namespace, 'show --node'), states('missing'));
    t.deepEqual(await statesOf(t, namespace, 'up --node'), states('herald'));
    const after = everything(namespace);
    t.deepEqual(await statesOf(t, namespace, 'up --node'), states('herald'));
    t.is(everything(namespace), after);
    for (const family of ['-4', '-6']) {
      t.deepEqual(
        namespace
          .ip(`${family} rule`)
          .map((line) => line.trim().replace(/\s+/g, ' '))
          .slice(1, 6),
        [
          '4: from all fwmark 0x3049 iif lo lookup main suppress_prefixlength 0 proto 72',
          '5: from all fwmark 0x3049 iif lo unreachable proto 72',
          '6: from all fwmark 0x3048 iif lo goto 8 proto 72',
          '7: from all fwmark 0x3048 lookup 124 proto 72',
          '8: from all nop proto 72',
        ],
      );
      t.regex(namespace.ip(`${family} route show table 124`).join(), /^local default dev lo proto 72 /);
    }
    t.deepEqual(
      nft(namespace, 'list ruleset')
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean),
      [
        'table inet herald-routes {',
        'chain dials {',
        'type filter hook output priority mangle; policy accept;',
        DIALS,
        '}',
        'chain answers {',
        'type filter hook prerouting priority mangle; policy accept;',
        CONNECTIONS,
        ANSWERS,
        '}',
        '}',
      ],
    );
  },
);

withNodeRoutes(
  'routes down --node leaves everything as it was before up, whatever others have there',
  async (t) => {
    const namespace = await Namespace.create(t);
    nft(namespace, OTHERS);
    nft(
      namespace,
      'table ip filter { chain FORWARD { type filter hook forward priority filter; tcp dport 9466 accept; }; }',
    );
    for (const family of ['-4', '-6']) {
      namespace.ip(`${family} rule add fwmark 0x200/0xf00 lookup 2004 pref 9`);
      namespace.ip(`${family} rule add fwmark 0x80/0x80 lookup main pref 1024`);
      namespace.ip(`${family} rule add iif lo lookup 77`);
      namespace.ip(`${family} route add local default dev lo table 2004`);
    }
    const before = everything(namespace);
    for (const flags of ['', ' --guard 9466', ' --table 100000']) {
      t.deepEqual(await statesOf(t, namespace, `up --node${flags}`), states('herald'), flags);
      t.not(everything(namespace), before);
      for (let round = 0; round < 2; round++) {
        t.deepEqual(await statesOf(t, namespace, `down --node${flags}`), states('missing'), flags);
        t.is(everything(namespace), before, flags);
      }
    }
  },
);

withNodeRoutes('routes show --node tells as a table and as JSON what is there', async (t) => {
  const namespace = await Namespace.create(t);
  await statesOf(t, namespace, 'up --node --guard 9466');
  const { stdout } = await runRoutes(t, namespace, 'show --node --guard 9466');
  const purpose =
    'answers to Herald, also of connections that it has ended, get the mark 0x3048; drops forwarded TCP to port 9466';
  t.deepEqual(
    stdout.split('\n').map((line) => line.replace(/ {2,}/g, '|')),
    [
      'FAMILY|PART|WHAT|FOR|STATE',
      `both|nftables|table inet herald-routes|${purpose}|set`,
      ...['4', '6'].flatMap((family) => [
        `IPv${family}|rule|4: from all fwmark 0x3049 iif lo lookup main suppress_prefixlength 0|what is sent as a client takes no default route|set`,
        `IPv${family}|rule|5: from all fwmark 0x3049 iif lo unreachable|without another route it does not leave|set`,
        `IPv${family}|rule|6: from all fwmark 0x3048 iif lo goto 8|checks of the way back pass over the next rule|set`,
        `IPv${family}|rule|7: from all fwmark 0x3048 lookup 124|answers of pods take the route to this node|set`,
        `IPv${family}|rule|8: from all nop|where those checks go on; it does nothing itself|set`,
        `IPv${family}|route|local ${family === '4' ? '0.0.0.0/0' : '::/0'} dev lo table 124|answers of pods are delivered on this node|set`,
      ]),
    ],
  );
  const json = JSON.parse((await runRoutes(t, namespace, 'show --node --guard 9466 --json')).stdout);
  t.deepEqual(
    { ...json, parts: json.parts[0] },
    {
      ...{ scope: 'node', table: 124, guardPort: 9466 },
      parts: { family: null, part: 'nftables', text: 'table inet herald-routes', purpose, state: 'herald' },
    },
  );
});

withNodeRoutes('what nft has set in the same words counts as set', async (t) => {
  const namespace = await Namespace.create(t);
  nft(namespace, tableWith(ANSWERS));
  t.deepEqual(await statesOf(t, namespace, 'show --node'), states('herald', 'missing'));
  t.deepEqual(await statesOf(t, namespace, 'up --node'), states('herald'));
});

for (const [what, table] of Object.entries({
  'of another mark': tableWith(ANSWERS.replace('3048', '3049')),
  'with one rule more': tableWith(`${ANSWERS}; tcp dport 80 accept`),
  'without a rule': tableWith(ANSWERS).replace(`${CONNECTIONS};`, ''),
  'of an older Herald': tableWith(ANSWERS).replace(`${BEGUN};`, '').replace(`${CONNECTIONS};`, ''),
  'with a set': tableWith(ANSWERS, 'set s { type ipv4_addr; };'),
  'with another chain': tableWith(ANSWERS, 'chain more { };'),
  'with another chain instead': tableWith(ANSWERS).replace('answers', 'replies'),
  'at another priority': tableWith(ANSWERS).replace('mangle', 'filter'),
  'at another hook': tableWith(ANSWERS).replace('prerouting', 'input'),
  'with another policy': tableWith(ANSWERS).replace('mangle;', 'mangle; policy drop;'),
  'that is empty': 'table inet herald-routes { }',
  'that is dormant': `table inet herald-routes { flags dormant; ${tableWith(ANSWERS).slice('table inet herald-routes {'.length)}`,
  'of another --guard': tableWith(
    ANSWERS,
    'chain guard { type filter hook forward priority filter; tcp dport 9467 drop; };',
  ),
})) {
  withNodeRoutes(`a table of this name ${what} is left alone, and said`, async (t) => {
    const namespace = await Namespace.create(t);
    nft(namespace, table);
    const before = everything(namespace);
    const { code, stderr } = await runRoutes(t, namespace, 'up --node');
    t.deepEqual([code, stderr], [1, `herald: ${IN_USE}`]);
    t.deepEqual(await statesOf(t, namespace, 'down --node'), states('taken', 'missing'));
    const { stdout } = await runRoutes(t, namespace, 'show --node');
    t.regex(stdout, / used for something else\n/);
    t.true(stdout.endsWith(`\n${IN_USE}`));
    t.is(everything(namespace), before);
  });
}

for (const [rule, shown] of [
  ['fwmark 0x3048 lookup 77', '32765: from all fwmark 0x3048 lookup 77'],
  ['fwmark 0x3049 lookup 77', '32765: from all fwmark 0x3049 lookup 77'],
  ['fwmark 0x3048 blackhole pref 100', '100: from all fwmark 0x3048 nop", with more conditions'],
  ['from 10.0.0.0/8 fwmark 0x3048 lookup 124', 'with more conditions'],
  ['fwmark 0x3000/0xf000 lookup 77 pref 4', '4: from all fwmark 0x3000/0xf000 lookup 77'],
] as const) {
  withNodeRoutes(`a mark that somebody else uses is refused: ${rule}`, async (t) => {
    const namespace = await Namespace.create(t);
    namespace.ip(`rule add ${rule}`);
    const before = everything(namespace);
    const { code, stderr } = await runRoutes(t, namespace, 'up --node');
    t.is(code, 1);
    t.regex(
      stderr,
      /^herald: packets with the mark 0x304[89] are taken by a rule of another program for IPv4 \(.*; Herald cannot use another mark, so that program has to$/,
    );
    t.true(stderr.includes(shown), stderr);
    t.is(everything(namespace), before);
  });
}

withNodeRoutes('rules of somebody else that do the same, or for other bits, do not disturb', async (t) => {
  const namespace = await Namespace.create(t);
  namespace.ip('rule add fwmark 0x3048 lookup 124');
  namespace.ip('rule add fwmark 0x3000/0xf000 lookup 77 pref 9');
  namespace.ip('rule add not fwmark 0x100000/0x100000 lookup 1 pref 99');
  namespace.ip('rule add fwmark 0x3048 lookup 124 pref 7');
  const before = everything(namespace);
  const [, , , , lookUp] = await statesOf(t, namespace, 'up --node');
  t.is(lookUp, 'other');
  await statesOf(t, namespace, 'down --node');
  t.is(everything(namespace), before);
});

withNodeRoutes('a table of routes that somebody else uses is refused', async (t) => {
  const namespace = await Namespace.create(t);
  namespace.ip('-6 route add fd00::/8 dev lo table 124');
  const before = everything(namespace);
  const { code, stderr } = await runRoutes(t, namespace, 'up --node');
  t.is(code, 1);
  t.is(stderr, 'herald: table 124 has routes of another program; choose another table with --table');
  t.is(everything(namespace), before);
  t.deepEqual(await statesOf(t, namespace, 'up --node --table 125'), states('herald'));
});

withNodeRoutes('the routes of a node and those for loopback stand side by side', async (t) => {
  const namespace = await Namespace.create(t);
  await statesOf(t, namespace, 'up');
  const before = everything(namespace);
  t.deepEqual(await statesOf(t, namespace, 'up --node'), states('herald'));
  await statesOf(t, namespace, 'down');
  t.deepEqual(await statesOf(t, namespace, 'show --node'), states('herald'));
  await statesOf(t, namespace, 'up');
  await statesOf(t, namespace, 'down --node');
  t.deepEqual(everything(namespace).split('\n').length, before.split('\n').length);
});

withNodeRoutes(
  'without CAP_NET_ADMIN up and down say what is missing, and show shows the rest',
  async (t) => {
    const namespace = await Namespace.create(t);
    const without = withOnly('+net_raw');
    const needs = /permission denied\. It needs CAP_NET_ADMIN/;
    const up = await runRoutes(t, namespace, 'up --node', without);
    t.is(up.code, 1);
    t.regex(up.stderr, needs);
    await statesOf(t, namespace, 'up --node');
    const before = everything(namespace);
    const down = await runRoutes(t, namespace, 'down --node', without);
    t.is(down.code, 1);
    t.regex(down.stderr, needs);
    t.is(everything(namespace), before);
    const show = await runRoutes(t, namespace, 'show --node', without);
    t.is(show.code, 0);
    t.is(show.stdout.match(/ {2}set$/gm)?.length, 12);
    t.regex(show.stdout, /nftables .* cannot be read without CAP_NET_ADMIN$/m);
  },
);

withNodeRoutes('CAP_NET_ADMIN alone is enough for up --node', async (t) => {
  const namespace = await Namespace.create(t);
  t.is((await runRoutes(t, namespace, 'up --node', withOnly('+net_admin'))).code, 0);
  t.deepEqual(await statesOf(t, namespace, 'show --node'), states('herald'));
});

withNodeRoutes('where lo is down up --node says so', async (t) => {
  const namespace = await Namespace.create(t, { lo: false });
  const before = everything(namespace);
  const { code, stderr } = await runRoutes(t, namespace, 'up --node');
  t.deepEqual([code, stderr], [1, 'herald: the interface lo is down']);
  t.is(everything(namespace), before);
});

withNodeRoutes(
  'where there is no IPv6 its parts are not needed, and those from before are removed',
  async (t) => {
    const namespace = await Namespace.create(t);
    const before = everything(namespace).replace(/.*::1.*\n?/g, '');
    await statesOf(t, namespace, 'up --node');
    namespace.ip('-6 address del ::1/128 dev lo');
    await statesOf(t, namespace, 'down --node');
    t.is(everything(namespace).trim(), before.trim());
    const four = await statesOf(t, namespace, 'up --node');
    t.deepEqual(four.slice(7), new Array(6).fill('unavailable'));
    t.deepEqual(four.slice(0, 7), new Array(7).fill('herald'));
  },
);
