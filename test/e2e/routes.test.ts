import { IPROUTE, NAMESPACES, Namespace, withOnly } from '../helpers/namespace.ts';
import { testWith } from '../helpers/peer-installed.ts';
import type { Owner } from '../helpers/peer-owner.ts';
import { Program } from '../helpers/program.ts';

const inNamespace = testWith([IPROUTE], [NAMESPACES]);

const RULES = ['from 127.0.0.1/8 iif lo lookup 123', 'from ::1 iif lo lookup 123'];
const ROUTES = [
  'local default dev lo proto 72 scope host',
  'local default dev lo proto 72 metric 1024 pref medium',
];

const run = (owner: Owner, namespace: Namespace, command: string, before: readonly string[] = []) =>
  Program.run(owner, `routes ${command}`, { prefix: [...namespace.prefix, ...before] });

/** Rules but those that every namespace has, and the routes of a table, of both families. */
function held(namespace: Namespace, table = 123) {
  const rules = [...namespace.ip('-4 rule'), ...namespace.ip('-6 rule')]
    .map((line) =>
      line
        .replace(/^\d+:\s+/, '')
        .replace(/ proto \S+$/, '')
        .trim(),
    )
    .filter((line) => !/^from all lookup (local|main|default)$/.test(line));
  const routes = ['-4', '-6'].flatMap((family) =>
    namespace.ip(`${family} route show table all`).filter((line) => line.includes(`table ${table} `)),
  );
  return { rules, routes: routes.map((line) => line.replace(` table ${table}`, '').trim()) };
}

async function partsOf(owner: Owner, namespace: Namespace, command: string) {
  const { code, stdout, stderr } = await run(owner, namespace, `${command} --json`);
  if (code !== 0) throw new Error(stderr);
  const { table, parts } = JSON.parse(stdout);
  return { table, states: parts.map(({ state }: { state: string }) => state), parts };
}

inNamespace('routes up sets a rule and a route for each family, and twice is once', async (t) => {
  const namespace = await Namespace.create(t);
  t.deepEqual(held(namespace), { rules: [], routes: [] });
  for (let round = 0; round < 2; round++) {
    const { table, states } = await partsOf(t, namespace, 'up');
    t.is(table, 123);
    t.deepEqual(states, ['herald', 'herald', 'herald', 'herald']);
    t.deepEqual(held(namespace), { rules: RULES, routes: ROUTES });
  }
});

inNamespace('routes down takes away what up has set, and down again nothing', async (t) => {
  const namespace = await Namespace.create(t);
  await partsOf(t, namespace, 'up');
  for (let round = 0; round < 2; round++) {
    const { states } = await partsOf(t, namespace, 'down');
    t.deepEqual(states, ['missing', 'missing', 'missing', 'missing']);
    t.deepEqual(held(namespace), { rules: [], routes: [] });
  }
});

inNamespace('routes show changes nothing, and tells as a table and as JSON what is there', async (t) => {
  const namespace = await Namespace.create(t);
  const before = await run(t, namespace, 'show');
  t.is(before.code, 0);
  t.is(before.stdout.match(/missing$/gm)?.length, 4);
  t.deepEqual(held(namespace), { rules: [], routes: [] });
  await partsOf(t, namespace, 'up');
  const { stdout } = await run(t, namespace, 'show');
  t.deepEqual(stdout.split('\n'), [
    'FAMILY  PART   WHAT                                STATE',
    'IPv4    rule   from 127.0.0.1/8 iif lo lookup 123  set',
    'IPv4    route  local 0.0.0.0/0 dev lo table 123    set',
    'IPv6    rule   from ::1/128 iif lo lookup 123      set',
    'IPv6    route  local ::/0 dev lo table 123         set',
  ]);
  t.deepEqual((await partsOf(t, namespace, 'show')).parts[0], {
    family: 4,
    part: 'rule',
    text: RULES[0],
    state: 'herald',
  });
});

inNamespace('what somebody else has set is used, and left where it is', async (t) => {
  const namespace = await Namespace.create(t);
  namespace.ip('rule add from 127.0.0.1/8 iif lo table 123');
  namespace.ip('route add local 0.0.0.0/0 dev lo table 123');
  // The same addresses under a condition, or to another table, are other rules.
  namespace.ip('-6 rule add from ::1/128 iif lo fwmark 7 table 123');
  namespace.ip('rule add from 127.0.0.1/8 iif lo table 124');
  const before = held(namespace);
  const up = await partsOf(t, namespace, 'up');
  t.deepEqual(up.states, ['other', 'other', 'herald', 'herald']);
  t.is(held(namespace).rules.length, before.rules.length + 1);
  const down = await partsOf(t, namespace, 'down');
  t.deepEqual(down.states, ['other', 'other', 'missing', 'missing']);
  t.deepEqual(held(namespace), before);
});

inNamespace(
  'down leaves a rule of somebody else that differs from ours in nothing but its place',
  async (t) => {
    const namespace = await Namespace.create(t);
    await partsOf(t, namespace, 'up');
    namespace.ip('rule add from 127.0.0.1/8 iif lo table 123 pref 900');
    namespace.ip('rule add from 127.0.0.1/8 iif lo table 123 pref 32766');
    await partsOf(t, namespace, 'down');
    t.deepEqual(held(namespace).rules, [RULES[0]!, RULES[0]!]);
    t.deepEqual(held(namespace).routes, []);
  },
);

inNamespace('--table takes another table, also one whose number needs more than a byte', async (t) => {
  const namespace = await Namespace.create(t);
  for (const table of [77, 100_000]) {
    t.is((await partsOf(t, namespace, `up --table ${table}`)).table, table);
    t.deepEqual(held(namespace, table), {
      rules: RULES.map((rule) => rule.replace('123', String(table))),
      routes: ROUTES,
    });
    await partsOf(t, namespace, `down --table ${table}`);
    t.deepEqual(held(namespace, table), { rules: [], routes: [] });
  }
});

inNamespace('a table with routes of somebody else is left alone', async (t) => {
  const namespace = await Namespace.create(t);
  namespace.ip('route add 10.0.0.0/8 dev lo table 123');
  const before = held(namespace);
  const { code, stderr } = await run(t, namespace, 'up');
  t.is(code, 1);
  t.is(stderr, 'herald: table 123 has routes of another program; choose another table with --table');
  t.deepEqual(held(namespace), before);
});

inNamespace('P8: without CAP_NET_ADMIN up and down say what is missing, and show still shows', async (t) => {
  const namespace = await Namespace.create(t);
  const without = withOnly('+net_raw');
  const up = await run(t, namespace, 'up', without);
  t.is(up.code, 1);
  t.regex(up.stderr, /^herald: cannot add the rule for IPv4: permission denied\. It needs CAP_NET_ADMIN/);
  await partsOf(t, namespace, 'up');
  const down = await run(t, namespace, 'down', without);
  t.is(down.code, 1);
  t.regex(down.stderr, /cannot remove the .*: permission denied\. It needs CAP_NET_ADMIN/);
  const show = await run(t, namespace, 'show', without);
  t.deepEqual([show.code, show.stdout.match(/set$/gm)?.length], [0, 4]);
});

inNamespace('CAP_NET_ADMIN alone is enough for up', async (t) => {
  const namespace = await Namespace.create(t);
  const { code } = await run(t, namespace, 'up', withOnly('+net_admin'));
  t.is(code, 0);
  t.deepEqual(held(namespace), { rules: RULES, routes: ROUTES });
});

inNamespace('where lo is down up says so', async (t) => {
  const namespace = await Namespace.create(t, { lo: false });
  const { code, stderr } = await run(t, namespace, 'up');
  t.deepEqual([code, stderr], [1, 'herald: the interface lo is down']);
});

inNamespace('where there is no IPv6 its part is not needed', async (t) => {
  const namespace = await Namespace.create(t);
  namespace.ip('-6 address del ::1/128 dev lo');
  const { states } = await partsOf(t, namespace, 'up');
  t.deepEqual(states, ['herald', 'herald', 'unavailable', 'unavailable']);
  t.is(held(namespace).rules.length, 1);
});
