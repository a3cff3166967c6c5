import test, { type ExecutionContext } from 'ava';
import { formatTable } from '../../../src/cli/table.ts';
import { testWith } from '../../helpers/peer-installed.ts';
import { type Owner, shared } from '../../helpers/peer-owner.ts';
import { IP, NAMESPACES, NFT } from './namespace.ts';
import { type ClientsOrder, type MetAll, OwnAddressClients } from './own-address-clients.ts';
import { handOver } from './own-address-hand-over.ts';
import { OwnAddressWorld } from './own-address-heralds.ts';
import { HOP_PORT, LISTENER_PORT, POD_PORT } from './own-address-plan.ts';
import type { Wiring } from './own-address-wiring.ts';

// `herald gateway` on three nodes, with nothing but objects, and an ordinary server in each pod: a node with one pod, one with four and
// one with none. What a pod sees is compared with the client's own address and port, for each connection.

const WIRINGS = ['host route', 'bridge'] as const;
const FAMILIES = [4, 6] as const;
/** 180 = 12 turns of each of the three nodes round five pods. */
const VISITS = 180;
const EVEN = { a1: 36, b1: 36, b2: 36, b3: 36, b4: 36 };

const worlds = {
  'host route': shared((owner) => OwnAddressWorld.start(owner, 'host route')),
  bridge: shared((owner) => OwnAddressWorld.start(owner, 'bridge')),
} satisfies { [wiring in Wiring]: unknown };
const cluster = testWith([IP, NFT], [NAMESPACES], test.serial);

function both(title: string, run: (t: ExecutionContext, world: OwnAddressWorld) => Promise<void>): void {
  for (const wiring of WIRINGS) cluster(`${wiring}: ${title}`, async (t) => run(t, await worlds[wiring]()));
}

/** From the network of the nodes, or from beyond the router. */
function visit(
  owner: Owner,
  { cluster }: OwnAddressWorld,
  place: 'near' | 'beyond',
  family: 4 | 6,
): Promise<MetAll> {
  const order: Partial<ClientsOrder> = {
    from: cluster.clients[place].map((each) => each[family]),
    hosts: cluster.nodes.map(({ addresses }) => addresses[family]),
    port: LISTENER_PORT,
    count: VISITS,
  };
  return OwnAddressClients.start(owner, cluster[place === 'near' ? 'outside' : 'beyond'], order).done();
}

both(
  'every pod sees the own address and port of each client, with even load, from every node; no answer of a pod leaves its node',
  async (t, world) => {
    world.cluster.leaks();
    for (const family of FAMILIES) {
      for (const place of ['near', 'beyond'] as const) {
        const met = await visit(t, world, place, family);
        t.deepEqual(met, { connections: VISITS, right: VISITS, pods: EVEN, others: [] });
      }
    }
    const { all, foreign, stray } = world.cluster.leaks([LISTENER_PORT]);
    // All of them were seen.
    t.true(all > 4 * VISITS);
    t.deepEqual({ foreign, stray }, { foreign: 0, stray: 0 });
  },
);

both('the line of the table', async (t, world) => {
  const names = world.cluster.pods.map(({ name }) => name);
  const { pods, right, connections } = await visit(t, world, 'near', 4);
  const shares = names.map((name) => `${Math.round((100 * pods[name]!) / connections)}%`.padStart(3));
  const counts = names.map((name) => pods[name]!);
  const line = {
    way: 'Herald, own address',
    saw: right === connections ? 'the client' : 'another',
    shares: shares.join('  '),
    most: `${(Math.max(...counts) / Math.min(...counts)).toFixed(1)} times`,
    empty: 'served',
  };
  const columns = [
    { title: 'WAY', show: (each: typeof line) => each.way },
    { title: 'THE POD SAW', show: (each: typeof line) => each.saw },
    { title: names.map((name) => name.padStart(3)).join('  '), show: (each: typeof line) => each.shares },
    { title: 'MOST TO LEAST', show: (each: typeof line) => each.most },
    { title: 'THE EMPTY NODE', show: (each: typeof line) => each.empty },
  ];
  t.log(formatTable(columns, [line], ''));
  t.deepEqual([line.saw, shares, line.most], ['the client', Array(5).fill('20%'), '1.0 times']);
});

both(
  'a client that is a pod: the pods of its own node see the node, and others see the client',
  async (t, world) => {
    const [, node] = world.cluster.nodes;
    const [, pod] = node!.pods;
    for (const family of FAMILIES) {
      const dials = () => world.metric(world.heralds[1]!, /^herald_transparent_plain_dials_total/);
      const before = await dials();
      const order = {
        from: [pod!.addresses[family]],
        hosts: [node!.addresses[family]],
        port: LISTENER_PORT,
        count: 20,
      };
      const met = await OwnAddressClients.start(t, pod!.namespace, order).done();
      t.deepEqual([met.connections, met.right, met.pods.a1], [20, 4, 4]);
      const own = [node!.addresses[family], node!.gateways[family]];
      t.true(met.others.every(({ saw }) => saw!.pod.startsWith('b') && own.includes(saw!.address)));
      t.is((await dials()) - before, 16);
    }
  },
);

both('a client that is a node is seen as such', async (t, world) => {
  const [a, , c] = world.cluster.nodes;
  for (const family of FAMILIES) {
    const order = {
      from: [c!.addresses[family]],
      hosts: [a!.addresses[family]],
      port: LISTENER_PORT,
      count: 20,
    };
    t.like(await OwnAddressClients.start(t, c!.namespace, order).done(), { right: 20, others: [] });
  }
});

both(
  'a header between nodes opens nothing that is no endpoint of the node, and nothing to strangers',
  async (t, world) => {
    const [a, b] = world.cluster.nodes;
    const [herald] = world.heralds;
    const from = { address: '203.0.113.9', port: 5555 };
    const pod = { address: a!.pods[0]!.addresses[4], port: POD_PORT };
    const tries = [
      { to: pod, told: { pod: 'a1', ...from } },
      { to: { ...pod, port: 22 }, told: 'endpoint_unknown' },
      { to: { address: b!.pods[0]!.addresses[4], port: POD_PORT }, told: 'endpoint_unknown' },
      { to: { address: '127.0.0.1', port: POD_PORT }, told: 'endpoint_unknown' },
      { to: null, told: 'endpoint_unknown' },
      ...['127.0.0.1', '169.254.1.1', '224.0.0.1', '0.0.0.0'].map((address) => ({
        ...{ from: { address, port: 5556 }, to: pod },
        told: 'source_unusable',
      })),
    ];
    for (const [at, each] of tries.entries()) {
      const claim = { from, ...each, marker: 40_000 + at };
      const told = await handOver(t, b!.namespace, `${a!.addresses[4]}:${HOP_PORT}`, claim);
      t.deepEqual(told ?? (await world.refusal(herald!, claim.marker)), each.told, JSON.stringify(each));
    }
    const stranger = await handOver(t, world.cluster.outside, `${a!.addresses[4]}:${HOP_PORT}`, {
      from,
      to: pod,
      marker: 41_000,
    });
    t.is(stranger ?? (await world.refusal(herald!, 41_000)), 'untrusted');
  },
);

both(
  'a pod, which the CNI masquerades as its node, does not reach the hops of other nodes',
  async (t, world) => {
    const [a, b] = world.cluster.nodes;
    for (const family of FAMILIES) {
      const order = {
        hosts: [a!.addresses[family]],
        from: [b!.pods[0]!.addresses[family]],
        timeoutMs: 1500,
        count: 2,
      };
      const { others } = await OwnAddressClients.start(t, b!.pods[0]!.namespace, {
        ...order,
        port: HOP_PORT,
      }).done();
      t.deepEqual(
        others.map(({ end }) => end),
        ['timed out', 'timed out'],
      );
    }
  },
);
