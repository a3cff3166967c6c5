import test, { type ExecutionContext } from 'ava';
import { IP, NAMESPACES, NFT } from '../e2e/netns/namespace.ts';
import { type ClientsOrder, type MetAll, OwnAddressClients } from '../e2e/netns/own-address-clients.ts';
import { OwnAddressWorld } from '../e2e/netns/own-address-heralds.ts';
import { LISTENER_PORT } from '../e2e/netns/own-address-plan.ts';
import { masqueradeRules } from '../e2e/netns/own-address-rules.ts';
import { unwirePod, type Wiring } from '../e2e/netns/own-address-wiring.ts';
import { testWith } from '../helpers/peer-installed.ts';

// The proof of own addresses under load and while something goes wrong. It takes minutes, and wants a quiet machine.

const RATE = Number(process.env.HERALD_PROOF_RATE ?? 1000);
const SECONDS = Number(process.env.HERALD_PROOF_SECONDS ?? 60);
/** Enough that connections of before, of during and of after have been met. */
const SOME = 200;
/** Of thousands, by a pod that is killed and unplugged. */
const MOST_LOST = 40;
const EVENT_MS = 60_000;
/** An endpoint that did not answer is left out for a while. */
const BACK_MS = 60_000;
const WIRINGS = ['host route', 'bridge'] as const;
const inNamespaces = testWith([IP, NFT], [NAMESPACES], test.serial);

/** With each wiring, under the load of clients of both families. */
function underLoad(
  title: string,
  run: (t: ExecutionContext, world: OwnAddressWorld, clients: readonly OwnAddressClients[]) => Promise<void>,
  wirings: readonly Wiring[] = WIRINGS,
): void {
  for (const wiring of wirings) {
    inNamespaces(`${wiring}: ${title}`, async (t) => {
      t.timeout(180_000);
      const world = await OwnAddressWorld.start(t, wiring);
      const clients = ([4, 6] as const).map((family) => startClients(t, world, family, { atOnce: 4 }));
      await more(clients);
      await run(t, world, clients);
    });
  }
}

function startClients(
  t: ExecutionContext,
  { cluster }: OwnAddressWorld,
  family: 4 | 6,
  more: Partial<ClientsOrder>,
) {
  return OwnAddressClients.start(t, cluster.outside, {
    from: cluster.clients.near.map((each) => each[family]),
    hosts: cluster.nodes.map(({ addresses }) => addresses[family]),
    port: LISTENER_PORT,
    timeoutMs: 10_000,
    ...more,
  });
}

/** Until each of the clients has met pods so many times more. */
async function more(clients: readonly OwnAddressClients[], count = SOME): Promise<void> {
  await Promise.all(clients.map((each) => each.meets(count)));
}

async function finish(clients: readonly OwnAddressClients[]): Promise<readonly MetAll[]> {
  return Promise.all(clients.map((each) => each.finish()));
}

/** Those that a pod answered with another address or port. */
const wrong = (all: readonly MetAll[]) =>
  all.flatMap(({ others }) => others.filter(({ saw }) => saw !== undefined));
const unserved = (all: readonly MetAll[]) =>
  all.flatMap(({ others }) => others.filter(({ saw }) => saw === undefined));

for (const wiring of WIRINGS) {
  for (const family of [4, 6] as const) {
    inNamespaces(
      `${wiring}, IPv${family}: ${RATE} connections a second for ${SECONDS} s: 0 wrong addresses, 0 answers that left`,
      async (t) => {
        t.timeout(SECONDS * 1000 + 120_000);
        const world = await OwnAddressWorld.start(t, wiring);
        world.cluster.leaks();
        const clients = startClients(t, world, family, { rate: RATE, count: RATE * SECONDS });
        const met = await clients.done();
        const { foreign, stray } = world.cluster.leaks([LISTENER_PORT]);
        t.log(
          `${met.connections} connections, ${met.right} right, by pod ${JSON.stringify(met.pods)}; left: ${foreign + stray}`,
        );
        if (met.others.length > 0) t.log(await world.endings());
        t.deepEqual({ others: met.others, foreign, stray }, { others: [], foreign: 0, stray: 0 });
      },
    );
  }
}

underLoad(
  'rules that somebody flushes are back within a second, and every client is served rightly',
  async (t, { cluster }, clients) => {
    cluster.leaks();
    for (let round = 0; round < 5; round++) {
      for (const { namespace } of cluster.nodes) namespace.run(NFT.command, 'flush', 'ruleset');
      await more(clients);
    }
    t.deepEqual(
      (await finish(clients)).flatMap(({ others }) => others),
      [],
    );
    t.like(cluster.leaks([LISTENER_PORT]), { foreign: 0, stray: 0 });
  },
);

underLoad(
  'the Herald of a node is replaced by take-over, and nobody notices',
  async (t, { cluster, heralds }, clients) => {
    cluster.leaks();
    for (const { herald } of heralds.slice(0, 2)) {
      herald.signal('SIGUSR2');
      const { pid } = (await herald.logged(
        ({ msg }) => msg === 'took over from the old process',
      )) as unknown as { pid: number };
      t.teardown(() => process.kill(pid, 'SIGTERM'));
      await more(clients);
    }
    t.deepEqual(
      (await finish(clients)).flatMap(({ others }) => others),
      [],
    );
    t.like(cluster.leaks([LISTENER_PORT]), { foreign: 0, stray: 0 });
  },
);

underLoad(
  'a pod that dies, and is replaced under its address, is seen by nobody as another client',
  async (t, world, clients) => {
    const { cluster } = world;
    const node = cluster.nodes[1]!;
    const old = node.pods[0]!;
    cluster.leaks();
    await old.application.stop('SIGKILL');
    await more(clients);
    unwirePod(node, old.name);
    await more(clients);
    await cluster.startPod(node, 1, 'n');
    await world.api.within(BACK_MS, async () => {
      const { pods } = await startClients(t, world, 4, { count: SOME }).done();
      if (pods.b1n === undefined) throw new Error('nobody has met the new pod');
    });
    const met = await finish(clients);
    t.log(`${unserved(met).length} were not served; by pod ${JSON.stringify(met.map(({ pods }) => pods))}`);
    t.deepEqual(wrong(met), []);
    // Herald asks the next pod, so that only what was under way may be lost.
    t.true(unserved(met).length < MOST_LOST, JSON.stringify(unserved(met).slice(0, 3)));
    t.like(cluster.leaks([LISTENER_PORT]), { foreign: 0, stray: 0 });
  },
);

underLoad(
  'a node that cannot prove itself gets no such session, and comes back',
  async (t, world, clients) => {
    const { cluster, heralds } = world;
    const [, node] = cluster.nodes;
    const { namespace, gateways } = node!;
    namespace.run(NFT.command, 'delete', 'table', 'inet', 'masquerading');
    namespace.nft(masqueradeRules('flannel, old', { 4: `${gateways[4]}/24`, 6: `${gateways[6]}/64` }));
    await world.replaceEcho(t, node!);
    await world.knows(2, [heralds[0]!, heralds[2]!]);
    // An Event tells of what has lasted for half a minute.
    const event = await world.api.within(EVENT_MS, () => world.api.event('shop/own', 'NodeCannotPresent'));
    t.regex(event, /node-b/);
    // Until a proof has failed, clients were carried to where answers are lost.
    await finish(clients);
    const later = ([4, 6] as const).map((family) => startClients(t, world, family, { atOnce: 4 }));
    await more(later, 20);

    namespace.run(NFT.command, 'delete', 'table', 'inet', 'masquerading');
    await world.replaceEcho(t, node!);
    await world.api.within(90_000, () => world.knows(10, [heralds[0]!, heralds[2]!]));
    await more(later);
    // A port that the client has used at another node too may be another one.
    const others = (await finish(later)).flatMap((met) => met.others);
    t.deepEqual(
      others.filter(({ from, saw }) => saw?.address !== from),
      [],
    );
  },
  ['host route'],
);
