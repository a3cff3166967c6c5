import { readdirSync, readFileSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import { IP, NAMESPACES, NFT } from '../e2e/netns/namespace.ts';
import { OwnAddressClients } from '../e2e/netns/own-address-clients.ts';
import type { WiredNode } from '../e2e/netns/own-address-cluster.ts';
import { OwnAddressWorld } from '../e2e/netns/own-address-heralds.ts';
import { LISTENER_PORT, POD_PORT } from '../e2e/netns/own-address-plan.ts';
import { testWith } from '../helpers/peer-installed.ts';
import { Program } from '../helpers/program.ts';

// What it costs that a pod sees the client itself, beside a header of version 2 between the same two nodes, and beside a plain dial on
// one: the processor time of all Heralds that a connection passes, in one run, the ways in turn. It wants a quiet machine.

const ROUNDS = Number(process.env.HERALD_COSTS_ROUNDS ?? 15);
const CONNECTIONS = Number(process.env.HERALD_COSTS_CONNECTIONS ?? 4000);
const MOST = 1.15;
const EDGE_PORT = 8500;
const SIDECAR_PORT = 8501;
const LOCAL_PORT = 8502;

/** A way from a client to the pod of the first node. */
interface Way {
  readonly node: WiredNode;
  readonly port: number;
  readonly heralds: readonly Program[];
}

testWith([IP, NFT], [NAMESPACES])('own addresses cost at most 1.15 of headers of version 2', async (t) => {
  t.timeout(600_000);
  const world = await OwnAddressWorld.start(t, 'host route', [1, 0]);
  const [withPod, empty] = world.cluster.nodes as readonly WiredNode[] as [WiredNode, WiredNode];
  const [gateway, far] = world.heralds.map(({ herald }) => herald) as [Program, Program];
  const pod = `${withPod.pods[0]!.addresses[4]}:${POD_PORT}`;
  const local = await herald(t, withPod, `edge --listen :${LOCAL_PORT} --to ${pod} --present none`);
  const sidecar = await herald(
    t,
    withPod,
    `sidecar --listen :${SIDECAR_PORT} --to ${pod} --trust ${empty.addresses[4]} --present none`,
  );
  const to = `${withPod.addresses[4]}:${SIDECAR_PORT}`;
  const edge = await herald(t, empty, `edge --listen :${EDGE_PORT} --to ${to} --present v2`);

  // The pod reads no header: what dials it itself cannot send one.
  await compare(t, world, 'a pod of this node', {
    other: { node: withPod, port: LOCAL_PORT, heralds: [local] },
    own: { node: withPod, port: LISTENER_PORT, heralds: [gateway] },
  });
  await compare(t, world, 'a pod of another node', {
    other: { node: empty, port: EDGE_PORT, heralds: [edge, sidecar] },
    own: { node: empty, port: LISTENER_PORT, heralds: [far, gateway] },
  });
});

async function compare(
  t: ExecutionContext,
  world: OwnAddressWorld,
  what: string,
  ways: { readonly other: Way; readonly own: Way },
): Promise<void> {
  const rounds: { readonly other: number; readonly own: number }[] = [];
  // The first one is for the compilers.
  for (let round = -1; round < ROUNDS; round++) {
    const isTurned = round % 2 === 0;
    const first = await costOf(t, world, isTurned ? ways.own : ways.other);
    const second = await costOf(t, world, isTurned ? ways.other : ways.own);
    if (round >= 0) rounds.push(isTurned ? { own: first, other: second } : { other: first, own: second });
  }
  const ratios = rounds.map(({ other, own }) => own / other).sort((a, b) => a - b);
  const at = (share: number) => ratios[Math.floor(share * (ratios.length - 1))]!;
  const median = (way: 'other' | 'own') =>
    rounds.map((each) => each[way]).sort((a, b) => a - b)[rounds.length >> 1]!;
  const spread = `${at(0.25).toFixed(2)}–${at(0.75).toFixed(2)}`;
  t.log(
    `${what}: ${median('other').toFixed(1)} µs, with its own address ${median('own').toFixed(1)} µs a connection; ratio ${at(0.5).toFixed(2)} (${spread})`,
  );
  t.true(at(0.5) <= MOST, `${what}: ${at(0.5).toFixed(2)}`);
}

/** Microseconds of all its Heralds a connection. */
async function costOf(t: ExecutionContext, { cluster }: OwnAddressWorld, way: Way): Promise<number> {
  const before = spent(way);
  const clients = OwnAddressClients.start(t, cluster.outside, {
    from: cluster.clients.near.map((each) => each[4]),
    hosts: [way.node.addresses[4]],
    ...{ port: way.port, count: CONNECTIONS, atOnce: 32 },
  });
  const { connections, others } = await clients.done();
  const unserved = others.filter(({ saw }) => saw === undefined);
  t.is(connections, CONNECTIONS);
  t.deepEqual(unserved, [], `of port ${way.port}`);
  return (spent(way) - before) / 1000 / CONNECTIONS;
}

/** Nanoseconds of all threads. */
function spent({ heralds }: Way): number {
  return heralds
    .flatMap(({ child: { pid } }) =>
      readdirSync(`/proc/${pid}/task`).map((thread) =>
        Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
      ),
    )
    .reduce((sum, each) => sum + each, 0);
}

async function herald(t: ExecutionContext, { namespace }: WiredNode, flags: string): Promise<Program> {
  const program = Program.spawn(t, `${flags} --threads 1 --metrics none --admin none`, {
    within: namespace.within,
  });
  await program.logged(({ msg }) => msg === 'listening');
  return program;
}
