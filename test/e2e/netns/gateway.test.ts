import test from 'ava';
import { testWith } from '../../helpers/peer-installed.ts';
import { shared } from '../../helpers/peer-owner.ts';
import { node } from '../gateway/objects.ts';
import { Cluster } from './cluster.ts';
import { GatewayApi } from './gateway-api.ts';
import { CLASS_PORTS, clusterObjects, startGateways } from './gateways.ts';
import { ingressRules } from './ingress-rules.ts';
import { IP, NAMESPACES, NFT } from './namespace.ts';
import { survey, surveyTable } from './survey.ts';

// `herald gateway` on three nodes, with nothing but objects: a node with one pod, one with four and one with none.
const PODS = [1, 4, 0] as const;
/** 60 = 12 turns of an instance round five pods. */
const VISITS = 60;
const CLIENTS = 20;
const WAYS = {
  'Service of class, Cluster': CLASS_PORTS.Cluster,
  'Service of class, Local': CLASS_PORTS.Local,
} as const;

const surveyed = shared(async (owner) => {
  const cluster = await Cluster.start(owner, PODS, CLIENTS);
  const api = await GatewayApi.start(owner, cluster);
  api.put(...clusterObjects(cluster));
  const gateways = await startGateways(owner, cluster, api);
  await Promise.all(gateways.map(({ node, knows }) => knows(cluster.pods.length + node.pods.length)));
  const findings = await survey(cluster, VISITS, WAYS);
  return { cluster, api, gateways, findings, table: surveyTable(cluster, findings) };
});

const of = async (way: keyof typeof WAYS) =>
  (await surveyed()).findings.find((finding) => finding.way === way)!;
const cluster = testWith([IP, NFT], [NAMESPACES], test.serial);

cluster(
  'a Service of class with Cluster: load even over all pods, from every node, and pods see the client',
  async (t) => {
    const { saw, served, emptyNode } = await of('Service of class, Cluster');
    t.deepEqual([saw, emptyNode, served], [['the client'], ['served'], [36, 36, 36, 36, 36]]);
  },
);

cluster('a Service of class with Local: each node its own pods, and the empty node resets', async (t) => {
  const { saw, served, emptyNode } = await of('Service of class, Local');
  t.deepEqual([saw, emptyNode, served], [['the client'], ['reset'], [60, 15, 15, 15, 15]]);
});

cluster('the table of what a Service of class gives', async (t) => {
  const { table } = await surveyed();
  t.log(table);
  t.is(table.split('\n').length, 5);
});

cluster('G5: the status of Cluster has every node, that of Local the nodes with a ready pod', async (t) => {
  const { api, cluster } = await surveyed();
  const [a, b, c] = cluster.nodes.map(({ address }) => address);
  t.deepEqual(await api.ingress('shop/cluster', ({ length }) => length === 3), [a, b, c]);
  t.deepEqual(await api.ingress('shop/local', ({ length }) => length === 2), [a, b]);
});

cluster('G5b: a node that is not ready is out of the status, and comes back when it is', async (t) => {
  const { api, cluster } = await surveyed();
  const { name, address } = cluster.nodes[2]!;
  api.put(node(name, address, { isReady: false }));
  t.false((await api.ingress('shop/cluster', ({ length }) => length === 2)).includes(address));
  api.put(node(name, address));
  t.true((await api.ingress('shop/cluster', ({ length }) => length === 3)).includes(address));
});

cluster(
  'G5: with ipMode kept, kube-proxy leaves the address alone, and nothing is said to be bypassed',
  async (t) => {
    const { api } = await surveyed();
    const events = [...api.objects.values()]
      .filter(({ kind }) => kind === 'Event')
      .map(({ reason }) => reason);
    t.deepEqual(
      events.filter((reason) => reason === 'Bypassed' || reason === 'IpModeUnsupported'),
      [],
    );
  },
);

cluster(
  'G5: where kube-proxy takes the address for its own, the Service is told Bypassed, and it is unpublished',
  async (t) => {
    const small = await Cluster.start(t, [1, 1], 1);
    const api = await GatewayApi.start(t, small);
    api.put(...clusterObjects(small));
    // From the start: what was reached once is tried again after half a minute only.
    const rules = ingressRules(small, CLASS_PORTS.Cluster);
    for (const { namespace } of small.nodes) namespace.nft(rules);
    await startGateways(t, small, api);
    t.regex(await api.event('shop/cluster', 'Bypassed'), /198\.18\.0\.\d/);
    t.deepEqual(await api.ingress('shop/cluster', ({ length }) => length === 0), []);
    // What other Services publish is not concerned.
    t.is((await api.ingress('shop/local', ({ length }) => length === 2)).length, 2);
  },
);

cluster(
  'G5: a server that drops ipMode: nothing is published, and the Service is told IpModeUnsupported',
  async (t) => {
    const owner = t;
    const small = await Cluster.start(owner, [1], 1);
    const api = await GatewayApi.start(owner, small);
    api.order({ dropsIpMode: true });
    api.put(...clusterObjects(small));
    await startGateways(owner, small, api);
    t.regex(await api.event('shop/cluster', 'IpModeUnsupported'), /ipMode/);
    t.deepEqual(await api.ingress('shop/cluster', ({ length }) => length === 0), []);
  },
);
