import { IPROUTE, Namespace, withOnly } from '../helpers/namespace.ts';
import type { Owner } from '../helpers/peer-owner.ts';
import type { PeerProcess } from '../helpers/peer-process.ts';
import { Program } from '../helpers/program.ts';
import { everything, NFT, nft, runRoutes, states, statesOf, withNodeRoutes } from './node-network.ts';

/** A keeper that has set everything. */
async function startKeeper(owner: Owner, namespace: Namespace, flags = ''): Promise<Program> {
  const prefix = [...namespace.prefix, ...withOnly('+net_admin')];
  const keeper = Program.spawn(owner, `routes up --node --keep --json ${flags}`, { prefix });
  await keeper.line(/^{"scope":"node"/);
  return keeper;
}

/** All changes of rules, routes and nftables from now on. */
async function watch(owner: Owner, namespace: Namespace) {
  const monitors = [
    namespace.start(owner, IPROUTE.command, ['monitor', 'rule', 'route']),
    namespace.start(owner, NFT.command, ['monitor']),
  ];
  /** Makes changes of its own until both monitors have told of one: then they have told of all before it. */
  const sync = async (mark: number) => {
    const isTold = ({ stdout }: PeerProcess) => stdout.some((line) => line.includes(String(mark)));
    while (!monitors.every(isTold)) {
      await namespace.run(owner, IPROUTE.command, ['rule', 'add', 'pref', String(mark), 'nop']);
      await namespace.run(owner, IPROUTE.command, ['rule', 'del', 'pref', String(mark)]);
      nft(namespace, `add table ip t${mark}; delete table ip t${mark}`);
    }
  };
  await sync(901);
  const lines = () =>
    monitors.flatMap(({ stdout }) => stdout).filter((line) => /3048|124|herald|nop/.test(line));
  return {
    /** What changed of the routes of Herald. */
    changes: async () => {
      await sync(902);
      return lines().filter((line) => !/90[12]/.test(line));
    },
  };
}

withNodeRoutes(
  'a keeper sets again what others remove, says so, and takes everything down at its end',
  async (t) => {
    const namespace = await Namespace.create(t);
    nft(namespace, 'table inet other { }');
    const before = everything(namespace);
    const keeper = await startKeeper(t, namespace, '--guard 9466');
    t.deepEqual(await statesOf(t, namespace, 'show --node --guard 9466'), states('herald'));
    const whole = everything(namespace);
    namespace.ip('rule del pref 7');
    namespace.ip('-6 rule del pref 5');
    namespace.ip('-6 rule del pref 8');
    namespace.ip('route flush table 124');
    nft(namespace, 'flush ruleset; table inet other { }');
    // What is removed between two looks is said in another order.
    await keeper.until('five lines', () => keeper.stderr[4]);
    t.is(everything(namespace), whole);
    t.deepEqual(keeper.stderr.toSorted(), [
      'herald: set again: IPv4 route local 0.0.0.0/0 dev lo table 124',
      'herald: set again: IPv4 rule 7: from all fwmark 0x3048 lookup 124',
      'herald: set again: IPv6 rule 5: from all fwmark 0x3049 iif lo unreachable',
      'herald: set again: IPv6 rule 8: from all nop',
      'herald: set again: table inet herald-routes: answers to Herald, also of connections that it has ended, get the mark 0x3048; drops forwarded TCP to port 9466',
    ]);
    t.deepEqual(await keeper.stop(), { code: 0, signal: null });
    t.is(keeper.stderr.at(-1), 'herald: the routes are removed');
    t.is(everything(namespace), before);
  },
);

withNodeRoutes('while keepers follow one another nothing is ever missing', async (t) => {
  const namespace = await Namespace.create(t);
  let old = await startKeeper(t, namespace);
  const watched = await watch(t, namespace);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
    const next = await startKeeper(t, namespace);
    const { code } = await old.stop(signal);
    t.is(code, signal === 'SIGKILL' ? null : 0);
    if (signal !== 'SIGKILL') t.is(old.stderr.at(-1), 'herald: the routes stay: another process keeps them');
    old = next;
  }
  t.deepEqual(await watched.changes(), []);
  t.deepEqual(await statesOf(t, namespace, 'show --node'), states('herald'));
  await old.stop();
  t.deepEqual(await statesOf(t, namespace, 'show --node'), states('missing'));
});

withNodeRoutes('after a keeper was killed its routes stay, and the next one finds them', async (t) => {
  const namespace = await Namespace.create(t);
  const before = everything(namespace);
  const killed = await startKeeper(t, namespace);
  await killed.stop('SIGKILL');
  t.deepEqual(await statesOf(t, namespace, 'show --node'), states('herald'));
  const watched = await watch(t, namespace);
  const next = await startKeeper(t, namespace);
  t.deepEqual(await watched.changes(), []);
  await next.stop();
  t.is(everything(namespace), before);
});

withNodeRoutes('two keepers that start at once set everything once', async (t) => {
  const namespace = await Namespace.create(t);
  const keepers = await Promise.all([startKeeper(t, namespace), startKeeper(t, namespace)]);
  t.deepEqual(await statesOf(t, namespace, 'show --node'), states('herald'));
  await Promise.all(keepers.map((keeper) => keeper.stop()));
  t.deepEqual(await statesOf(t, namespace, 'show --node'), states('missing'));
});

withNodeRoutes('routes down --node changes nothing while somebody keeps them', async (t) => {
  const namespace = await Namespace.create(t);
  const keeper = await startKeeper(t, namespace);
  const watched = await watch(t, namespace);
  const { code, stderr } = await runRoutes(t, namespace, 'down --node');
  t.is(code, 1);
  t.regex(stderr, /^herald: another process keeps these routes/);
  t.deepEqual(await watched.changes(), []);
  await keeper.stop('SIGKILL');
  t.deepEqual(await statesOf(t, namespace, 'down --node'), states('missing'));
});

withNodeRoutes('a keeper with other settings waits for the end of the one before', async (t) => {
  const namespace = await Namespace.create(t);
  const old = await startKeeper(t, namespace, '--guard 9466');
  const next = await startKeeper(t, namespace, '--guard 9467');
  await next.line(
    /^herald: the table inet herald-routes of nftables is of another program, of another --guard, or/,
  );
  await old.stop();
  t.is(old.stderr.at(-1), 'herald: the routes are removed');
  await next.line(/set again: table .* to port 9467$/);
  t.deepEqual(await statesOf(t, namespace, 'show --node --guard 9467'), states('herald'));
  await next.stop();
  t.deepEqual(await statesOf(t, namespace, 'show --node'), states('missing'));
});

withNodeRoutes('a keeper that may not change anything ends at once and says why', async (t) => {
  const namespace = await Namespace.create(t);
  const { code, stderr } = await runRoutes(t, namespace, 'up --node --keep', withOnly('+net_raw'));
  t.is(code, 1);
  t.regex(
    stderr,
    /^herald: cannot add the table inet herald-routes: permission denied\. It needs CAP_NET_ADMIN/,
  );
});
