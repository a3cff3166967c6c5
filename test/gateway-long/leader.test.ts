import test from 'ava';
import { Cluster } from '../e2e/netns/cluster.ts';
import { GatewayApi } from '../e2e/netns/gateway-api.ts';
import { clusterObjects, startGateways } from '../e2e/netns/gateways.ts';
import { IP, NAMESPACES, NFT } from '../e2e/netns/namespace.ts';
import { SteadyClients } from '../e2e/netns/steady-clients.ts';
import { testWith } from '../helpers/peer-installed.ts';

// Leaders that die. Each instance is on a node of its own.

const LEASE_MS = 15_000;
/** G5b, and some for a busy machine. */
const WITHIN_MS = 20_000 + 5000;
const cluster = testWith([IP, NFT], [NAMESPACES], test.serial);

cluster(
  'G5b, G6: the leader is killed: another one leads, its node is out of every status, and clients of the others notice nothing',
  async (t) => {
    const nodes = await Cluster.start(t, [1, 1, 1], 4);
    const api = await GatewayApi.start(t, nodes);
    api.put(...clusterObjects(nodes));
    const gateways = await startGateways(t, nodes, api);
    await api.ingress('shop/cluster', ({ length }) => length === 3);
    const holder = await api.leader((name) => name !== '');
    const leader = gateways.find(({ node }) => holder.includes(node.name))!;
    const others = gateways.filter((each) => each !== leader);
    const visits = nodes.clients.map((from, at) => ({
      ...{ from, host: others[at % others.length]!.node.address },
      port: 8443,
    }));
    const clients = SteadyClients.start(t, nodes.outside, visits);
    await clients.next(10);

    await leader.herald.stop('SIGKILL');
    const began = Date.now();
    const next = await api.within(WITHIN_MS, () => api.leader((name) => name !== '' && name !== holder));
    t.true(others.some(({ node }) => next.includes(node.name)));
    const expected = others.map(({ node }) => node.address).sort();
    t.deepEqual(
      await api.within(WITHIN_MS, () => api.ingress('shop/cluster', (all) => all.join() === expected.join())),
      expected,
    );
    t.true(Date.now() - began <= WITHIN_MS);

    await clients.next(10);
    const ended = await clients.finish();
    t.deepEqual(
      ended.filter(({ outcome }) => outcome.end !== 'served'),
      [],
    );
  },
);

cluster('G6: a leader that ends regularly is followed at once', async (t) => {
  const nodes = await Cluster.start(t, [1, 1], 1);
  const api = await GatewayApi.start(t, nodes);
  api.put(...clusterObjects(nodes));
  const gateways = await startGateways(t, nodes, api);
  const holder = await api.leader((name) => name !== '');
  const leader = gateways.find(({ node }) => holder.includes(node.name))!;
  await leader.herald.stop();
  const began = Date.now();
  await api.leader((name) => name !== '' && name !== holder);
  t.true(Date.now() - began < LEASE_MS / 2);
});
