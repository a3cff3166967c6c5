import { existsSync } from 'node:fs';
import type { Namespace } from '../helpers/namespace.ts';
import { startOrdinaryServer } from '../helpers/ordinary-server.ts';
import type { Owner } from '../helpers/peer-owner.ts';
import {
  addressesOf,
  dialFrom,
  nft,
  POD,
  runRoutes,
  setSysctl,
  startNode,
  startOutside,
  states,
  statesOf,
  withNodeRoutes,
} from './node-network.ts';

const CLIENTS = ['203.0.113.77', '2001:db8::77'];
/** How long a connection is waited for that does not come. */
const NOTHING_MS = 300;

/** Whom the pod saw of a client of each family. */
async function seen(owner: Owner, node: Namespace, to: ReturnType<typeof addressesOf>, withinMs?: number) {
  return Promise.all(to.map((address, at) => dialFrom(owner, node, CLIENTS[at]!, address, withinMs)));
}

/** How the interface of the pod is checked, and the rest too. */
function setReversePath(node: Namespace, filter: number, withMark: number): void {
  for (const name of ['all', 'wire']) {
    setSysctl(node, `ipv4/conf/${name}/rp_filter`, filter);
    setSysctl(node, `ipv4/conf/${name}/src_valid_mark`, withMark);
  }
}

withNodeRoutes(
  'the answers of a pod come back to the node, from whichever address it is dialed',
  async (t) => {
    const { node, server } = await startNode(t);
    const to = addressesOf(server);
    t.deepEqual(await seen(t, node, to, NOTHING_MS), [null, null]);
    t.deepEqual(await statesOf(t, node, 'up --node'), states('herald'));
    t.deepEqual(await seen(t, node, to), CLIENTS);
    await runRoutes(t, node, 'down --node');
    t.deepEqual(await seen(t, node, to, NOTHING_MS), [null, null]);
  },
);

withNodeRoutes('no setting of reverse path filtering drops them, with the mark and without', async (t) => {
  const { node, server } = await startNode(t);
  const to = addressesOf(server);
  await statesOf(t, node, 'up --node');
  for (const withMark of [0, 1]) {
    for (const filter of [0, 1, 2]) {
      setReversePath(node, filter, withMark);
      t.deepEqual(await seen(t, node, to), CLIENTS, `rp_filter ${filter}, src_valid_mark ${withMark}`);
    }
  }
  // What this is for: without the rule for what comes from lo, the mark leads the look-up back to this host.
  node.ip('rule del pref 6');
  t.deepEqual(await seen(t, node, to.slice(0, 1), NOTHING_MS), [null]);
});

withNodeRoutes(
  "nor does firewalld's filter for IPv6, which looks up the way back with the mark",
  async (t) => {
    const { node, server } = await startNode(t);
    const to = addressesOf(server).slice(1);
    const [, client] = CLIENTS;
    const rule = 'meta nfproto ipv6 fib saddr . mark . iif oif missing drop';
    nft(node, `table inet fw { chain p { type filter hook prerouting priority -140; ${rule}; }; }`);
    await statesOf(t, node, 'up --node');
    t.is(await dialFrom(t, node, client!, to[0]!), client!);
    node.ip('-6 rule del pref 6');
    t.is(await dialFrom(t, node, client!, to[0]!, NOTHING_MS), null);
  },
);

withNodeRoutes(
  'the answers of a pod on a bridge come back, whether nftables sees what is bridged or not',
  async (t) => {
    const { node, server } = await startNode(t, { bridge: true });
    const to = addressesOf(server);
    await statesOf(t, node, 'up --node');
    t.deepEqual(await seen(t, node, to), CLIENTS);
    if (!existsSync('/proc/sys/net/bridge')) return;
    for (const isSeen of [0, 1]) {
      setSysctl(node, 'bridge/bridge-nf-call-iptables', isSeen);
      setSysctl(node, 'bridge/bridge-nf-call-ip6tables', isSeen);
      for (const withMark of [0, 1]) {
        for (const name of ['all', 'pods']) {
          setSysctl(node, `ipv4/conf/${name}/rp_filter`, 1);
          setSysctl(node, `ipv4/conf/${name}/src_valid_mark`, withMark);
        }
        t.deepEqual(await seen(t, node, to), CLIENTS, `bridge-nf-call ${isSeen}, src_valid_mark ${withMark}`);
      }
    }
  },
);

withNodeRoutes('rules of others for addresses of pods do not lead the answers away', async (t) => {
  const { node, server } = await startNode(t);
  // As the CNI of AWS has them: what comes from a pod leaves by an interface of its own.
  for (const family of ['-4', '-6']) {
    const ip = family === '-4' ? POD[4] : POD[6];
    node.ip(`${family} rule add to ${ip} lookup main pref 512`);
    node.ip(`${family} rule add from ${ip} lookup 77 pref 1536`);
    node.ip(`${family} rule add fwmark 0x80/0x80 lookup main pref 1024`);
    node.ip(`${family} route add default dev uplink table 77`);
  }
  await statesOf(t, node, 'up --node');
  t.deepEqual(await seen(t, node, addressesOf(server)), CLIENTS);
});

withNodeRoutes('a pod that only a table of its own leads to is not dialed as a client', async (t) => {
  const { node, server } = await startNode(t);
  const to = addressesOf(server);
  for (const [family, at] of [
    ['-4', 0],
    ['-6', 1],
  ] as const) {
    const [ip] = to[at]!;
    node.ip(`${family} route del ${ip} dev wire`);
    node.ip(`${family} route add ${ip} dev wire table 77`);
    node.ip(`${family} rule add to ${ip} lookup 77 pref 1000`);
  }
  await statesOf(t, node, 'up --node');
  // ENETUNREACH
  for (const [at, client] of CLIENTS.entries())
    await t.throwsAsync(dialFrom(t, node, client, to[at]!), { message: /0,0,0,-101/ });
  // Others are not concerned.
  const { text } = await node.visit(t, { to: to[0]!.join(':'), bytes: '' });
  t.regex(text, /"address":"10\.9\.0\.1"/);
});

withNodeRoutes(
  '--guard drops what a pod sends through the node to that port, and nothing else',
  async (t) => {
    const { node, pod } = await startNode(t);
    const outside = await startOutside(t, node);
    const here = await startOrdinaryServer(t, node, ['192.0.2.2']);
    const far = await startOrdinaryServer(t, outside, ['198.51.100.2', '198.51.100.2']);
    const [guarded, open] = far.ports as [number, number];
    t.is(await dialFrom(t, pod, POD[4], ['198.51.100.2', guarded]), POD[4]);
    t.deepEqual(await statesOf(t, node, `up --node --guard ${guarded}`), states('herald'));
    t.is(await dialFrom(t, pod, POD[4], ['198.51.100.2', guarded], NOTHING_MS), null);
    t.is(await dialFrom(t, pod, POD[4], ['198.51.100.2', open]), POD[4]);
    // The node itself may connect to it, and the pod to the same port of the node, which is not forwarded.
    t.is(await dialFrom(t, node, '198.51.100.1', ['198.51.100.2', guarded]), '198.51.100.1');
    await runRoutes(t, node, `down --node --guard ${guarded}`);
    t.deepEqual(await statesOf(t, node, `up --node --guard ${here.ports[0]}`), states('herald'));
    t.is(await dialFrom(t, pod, POD[4], ['192.0.2.2', here.ports[0]!]), POD[4]);
  },
);
