import test, { type ExecutionContext } from 'ava';
import { IP, NAMESPACES, NFT } from '../e2e/netns/namespace.ts';
import { type Dial, Dialer } from '../e2e/netns/own-address-dialer.ts';
import { FLOOD_PORT, KEPT_PORT } from '../e2e/netns/own-address-plan.ts';
import { masqueradeRules, proxyRules } from '../e2e/netns/own-address-rules.ts';
import { setTable, type TakeBack } from '../e2e/netns/own-address-take-back.ts';
import { unwirePod, type Wiring } from '../e2e/netns/own-address-wiring.ts';
import { testWith } from '../helpers/peer-installed.ts';
import { retry } from '../helpers/peer-start.ts';
import { Program } from '../helpers/program.ts';
import { TrialPlace } from './trial-place.ts';

// Without Herald: what becomes of connections from addresses of clients where something goes wrong. The kernel's behaviour, which
// docs/decisions/0021 builds on: another kernel may differ.

const COUNT = 20;
const FAMILIES = [4, 6] as const;
const inNamespaces = testWith([IP, NFT], [NAMESPACES], test.serial);
const FILTERS = {
  'before the mark is set': 'priority raw\n fib saddr . iif oif missing drop',
  'behind it': 'priority filter + 10\n fib saddr . mark . iif oif missing drop',
} as const;

function both(title: string, run: (t: ExecutionContext, wiring: Wiring) => Promise<void>): void {
  for (const wiring of ['host route', 'bridge'] as const) {
    inNamespaces(`${wiring}: ${title}`, async (t) => {
      t.timeout(120_000);
      await run(t, wiring);
    });
  }
}

/** Until the node has a connection that was not answered yet. */
function isDialing({ node }: TrialPlace): Promise<string> {
  const words = ['grep', '-E', '-m1', ':[0-9A-F]{4} 02 ', '/proc/net/tcp', '/proc/net/tcp6'];
  return retry(async () => node.namespace.run(...words));
}

both(
  'a client that is a pod of the node is reached where its packets pass the host, itself never',
  async (t, wiring) => {
    const place = await TrialPlace.start(t, wiring, 'whole');
    const [pod, other] = place.node.pods;
    const [second] = place.cluster.nodes.slice(1);
    for (const bridge of wiring === 'bridge' ? [0, 1] : [null]) {
      if (bridge !== null)
        place.node.namespace.sysctl(
          `bridge/bridge-nf-call-iptables=${bridge}`,
          `bridge/bridge-nf-call-ip6tables=${bridge}`,
        );
      for (const family of FAMILIES) {
        const to = pod!.addresses[family];
        const right = async (from: string) =>
          (await place.dial(place.dials(COUNT, family, { from: [from], to }))).right;
        t.is(await right(other!.addresses[family]), wiring === 'bridge' ? 0 : COUNT);
        t.is(await right(to), 0);
        for (const from of [
          second!.pods[0]!.addresses,
          second!.addresses,
          place.node.addresses,
          place.node.gateways,
        ]) {
          t.is(await right(from[family]), COUNT, from[family]);
        }
      }
    }
  },
);

both('a client whose address has any kind of route on the node is reached', async (t, wiring) => {
  const place = await TrialPlace.start(t, wiring, 'whole');
  const from = place.cluster.clients.beyond.slice(0, 4).map((each) => each[4]);
  const [a, ...others] = from;
  place.node.namespace.ip(
    `route add ${a}/32 via 198.18.0.2`,
    ...['blackhole', 'unreachable', 'prohibit'].map((type, at) => `route add ${type} ${others[at]}/32`),
  );
  t.like(await place.dial(place.dials(COUNT, 4, { from })), { right: COUNT, left: 0 });
});

both(
  'the same address and port twice: another pod is reached, the same one is not dialed',
  async (t, wiring) => {
    const place = await TrialPlace.start(t, wiring, 'whole');
    const [pod, other] = place.node.pods;
    const [one] = place.dials(1, 4, { to: pod!.addresses[4], toPort: KEPT_PORT });
    const dialed = await place.dialer.dial([one!, one!, { ...one!, to: other!.addresses[4] }], {
      keeps: true,
      atOnce: 1,
    });
    t.deepEqual(
      dialed.map(({ end }) => end),
      ['answered', 'EADDRNOTAVAIL', 'answered'],
    );
  },
);

both(
  'beside a DNATed connection of the same client and port, the address stays and the port is another',
  async (t, wiring) => {
    const place = await TrialPlace.start(t, wiring, 'whole');
    const { node, cluster } = place;
    const pod = node.pods[0]!.addresses;
    node.namespace.nft(proxyRules([pod]));
    const outside = Dialer.start(t, cluster.outside);
    const dials = place.dials(COUNT, 4, { from: cluster.clients.near.map((each) => each[4]), to: pod[4] });
    const way = (each: Dial) => ({ ...each, to: node.addresses[4], toPort: 30_080 });
    t.true((await outside.dial(dials.map(way))).every(({ end }) => end === 'answered'));
    const after = await place.dialer.dial(dials, { timeoutMs: 3000 });
    t.true(after.every(({ address, port }, at) => address === dials[at]!.from && port !== dials[at]!.port));
  },
);

both('a living connection of the same client and port to the same pod is broken', async (t, wiring) => {
  const place = await TrialPlace.start(t, wiring, 'whole');
  const { node, cluster } = place;
  const outside = Dialer.start(t, cluster.outside);
  const from = cluster.clients.near.map((each) => each[4]);
  const dials = place.dials(5, 4, { from, to: node.pods[0]!.addresses[4], toPort: KEPT_PORT });
  await outside.dial(dials, { keeps: true });
  t.like(await place.dial(dials, { timeoutMs: 3000, keeps: true }), { right: 5 });
  t.true((await outside.talk()).every(({ end }) => end !== 'answered'));
});

both(
  'nftables flushed: what is established goes on, and new connections wait for the rules',
  async (t, wiring) => {
    const place = await TrialPlace.start(t, wiring, 'whole');
    for (const family of FAMILIES) {
      await place.dial(place.dials(COUNT, family, { toPort: KEPT_PORT }), { keeps: true });
      place.node.namespace.run(NFT.command, 'flush', 'ruleset');
      t.true((await place.dialer.talk()).every(({ end }) => end === 'answered'));
      const dialing = place.dial(place.dials(COUNT, family), { timeoutMs: 5000 });
      await isDialing(place);
      setTable(place.node.namespace, 'whole');
      t.like(await dialing, { right: COUNT, left: 0 });
    }
  },
);

both('a pod that is replaced under its address resets what the old one had', async (t, wiring) => {
  const place = await TrialPlace.start(t, wiring, 'whole');
  const pod = place.node.pods[0]!;
  const dials = place.dials(COUNT, 4, { to: pod.addresses[4], toPort: KEPT_PORT });
  await place.dial(dials, { keeps: true });
  unwirePod(place.node, pod.name);
  await place.cluster.startPod(place.node, 1, 'n');
  t.true((await place.dialer.talk(3000)).every(({ end }) => end === 'ECONNRESET'));
  t.like(await place.dial(place.dials(COUNT, 4, { to: pod.addresses[4] }), { timeoutMs: 3000 }), {
    right: COUNT,
    left: 0,
  });
});

for (const kind of ['socket alone', 'whole'] satisfies TakeBack[]) {
  const leaks =
    kind === 'whole' ? 'nothing leaves the node' : 'packets leave where a route of its own led to it';
  both(`${kind}: a pod that is gone: ${leaks}`, async (t, wiring) => {
    const place = await TrialPlace.start(t, wiring, kind);
    const pod = place.node.pods[0]!;
    for (const family of FAMILIES) {
      const dials = place.dials(COUNT, family, { to: pod.addresses[family], toPort: KEPT_PORT });
      await place.dialer.dial(kind === 'whole' ? dials : dials.map((each) => ({ ...each, mark: 0 })), {
        keeps: true,
      });
    }
    place.left();
    unwirePod(place.node, pod.name);
    await place.dialer.talk(2500);
    const left = place.left();
    t.log(`${left} packets of ${2 * COUNT} connections left`);
    t.is(left > 0, kind === 'socket alone' && wiring === 'host route');
  });

  both(`${kind}: resets while a pod sends`, async (t, wiring) => {
    const place = await TrialPlace.start(t, wiring, kind);
    place.left();
    for (const family of FAMILIES)
      await place.dialer.reset(place.dials(100, family, { toPort: FLOOD_PORT }), 300_000);
    const left = place.left();
    t.log(`${left} packets left, of 200 connections that were reset`);
    if (kind === 'whole') t.is(left, 0);
    else t.pass('how many there are is chance');
  });
}

both('what herald routes sets is enough for resets while a pod sends', async (t, wiring) => {
  const place = await TrialPlace.start(t, wiring, null);
  await Program.run(t, 'routes up --node', { within: place.node.namespace.within });
  place.left();
  for (const family of FAMILIES)
    await place.dialer.reset(place.dials(100, family, { toPort: FLOOD_PORT }), 300_000);
  t.is(place.left(), 0);
  for (const family of FAMILIES)
    t.like(await place.dial(place.dials(COUNT, family)), { right: COUNT, left: 0 });
});

both('rules for the sources of pods, and filters of reverse paths, do not matter', async (t, wiring) => {
  const place = await TrialPlace.start(t, wiring, 'whole');
  const { namespace, pods } = place.node;
  for (const family of FAMILIES) {
    const router = family === 4 ? '198.18.0.254' : '2001:2::fe';
    namespace.run(IP.command, `-${family}`, 'route', 'add', 'default', 'via', router, 'table', '2');
    for (const { addresses } of pods)
      namespace.run(
        IP.command,
        `-${family}`,
        'rule',
        'add',
        'priority',
        '1536',
        'from',
        addresses[family],
        'lookup',
        '2',
      );
    t.like(await place.dial(place.dials(COUNT, family)), { right: COUNT, left: 0 });
    for (const [name, filter] of Object.entries(FILTERS)) {
      namespace.nft(`table inet filter { chain reverse { type filter hook prerouting ${filter}\n }\n }`);
      t.like(await place.dial(place.dials(COUNT, family)), { right: COUNT, left: 0 }, name);
      namespace.run(NFT.command, 'delete', 'table', 'inet', 'filter');
    }
  }
});

both('without early demultiplexing the rules are enough', async (t, wiring) => {
  const place = await TrialPlace.start(t, wiring, 'whole');
  place.node.namespace.sysctl('ipv4/tcp_early_demux=0', 'ipv4/ip_early_demux=0');
  for (const family of FAMILIES)
    t.like(await place.dial(place.dials(COUNT, family)), { right: COUNT, left: 0 });
});

both('connections that are not tracked are right beside an old masquerade rule, too', async (t, wiring) => {
  const place = await TrialPlace.start(t, wiring, 'socket alone');
  const { namespace, gateways } = place.node;
  namespace.nft(masqueradeRules('flannel, old', { 4: `${gateways[4]}/24`, 6: `${gateways[6]}/64` }));
  const from = (family: 4 | 6) => place.cluster.clients.beyond.map((each) => each[family]);
  for (const family of FAMILIES)
    t.like(await place.dial(place.dials(COUNT, family, { from: from(family) })), { wrong: COUNT });
  for (const hook of ['prerouting', 'output'])
    namespace.nft(
      `table inet raw { chain ${hook} { type filter hook ${hook} priority raw\n meta l4proto tcp socket transparent 1 notrack\n }\n }`,
    );
  for (const family of FAMILIES)
    t.like(await place.dial(place.dials(COUNT, family, { from: from(family) })), { right: COUNT, left: 0 });
});
