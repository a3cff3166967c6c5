import { readFile } from 'node:fs/promises';
import test from 'ava';
import { testWith } from '../../helpers/peer-installed.ts';
import { shared } from '../../helpers/peer-owner.ts';
import { Cluster } from './cluster.ts';
import { type Edge, startEdges } from './edges.ts';
import { IP, NAMESPACES, Namespace, NFT } from './namespace.ts';
import { roll } from './roll.ts';
import { ServiceApi } from './service-api.ts';
import { survey, surveyTable, type Way } from './survey.ts';

// A node with one pod, one with four and one with none. Clients outside give every node as many connections.
const PODS = [1, 4, 0] as const;
/** 60 = 12 turns of an edge round five pods. */
const VISITS = 60;
const CLIENTS = 20;

const surveyed = shared(async (owner) => {
  const cluster = await Cluster.start(owner, PODS, CLIENTS);
  const api = await ServiceApi.start(owner, cluster);
  const edges = await startEdges(owner, cluster, api);
  const findings = await survey(cluster, VISITS);
  return { cluster, api, edges, findings, table: surveyTable(cluster, findings) };
});

const of = async (way: Way) => (await surveyed()).findings.find((finding) => finding.way === way)!;
const cluster = testWith([IP, NFT], [NAMESPACES], test.serial);

cluster('NAT with Cluster spreads the load over all nodes, and the pods see nodes (C9)', async (t) => {
  const { saw, served, emptyNode } = await of('NAT Cluster');
  t.deepEqual(saw, ['a node']);
  t.deepEqual(emptyNode, ['served']);
  t.is(sum(served), PODS.length * VISITS);
  // 36 of 180 each on average, at random; fewer than 10 once in a million runs.
  for (const count of served) t.true(count >= 10, `${served}`);
});

cluster(
  'NAT with Local keeps the client, overloads the pod that is alone, and drops at the empty node (C7)',
  async (t) => {
    const { saw, served, emptyNode } = await of('NAT Local');
    t.deepEqual(saw, ['the client']);
    t.deepEqual(emptyNode, ['timed out']);
    const [alone, ...others] = served;
    t.is(alone, VISITS);
    t.is(sum(others), VISITS);
  },
);

cluster('Herald with Cluster spreads the load over all nodes, and the pods see the client', async (t) => {
  const { saw, served, emptyNode } = await of('Herald Cluster');
  t.deepEqual(saw, ['the client']);
  t.deepEqual(emptyNode, ['served']);
  t.deepEqual(served, [36, 36, 36, 36, 36]);
});

cluster('Herald with Local keeps to the node, with the client, and resets where it has nobody', async (t) => {
  const { saw, served, emptyNode } = await of('Herald Local');
  t.deepEqual(saw, ['the client']);
  t.deepEqual(emptyNode, ['reset']);
  t.deepEqual(served, [60, 15, 15, 15, 15]);
});

cluster('the edge that has nobody says so, and counts each client that it turned away (C7)', async (t) => {
  const { cluster, edges } = await surveyed();
  const isEmpty = ({ policy, node }: Edge) => policy === 'Local' && node.pods.length === 0;
  const empty = edges.find(isEmpty)!;
  t.is(await empty.closed('no_local_endpoint'), VISITS);
  const { reason, client } = await empty.herald.logged((line) => line.client !== undefined);
  t.is(reason, 'no_local_endpoint');
  t.true(cluster.clients.includes(client!.split(':')[0]!));
  const warnings = empty.herald.complaints.filter((line) => line.reason === undefined);
  t.deepEqual(
    warnings.map(({ msg }) => msg),
    ['pool empty: no endpoint on this node is usable; those on other nodes are not used'],
  );
  for (const edge of edges) if (edge !== empty) t.deepEqual(edge.herald.complaints, []);
});

cluster('all of it is one table, and what Herald did is as the guide has it', async (t) => {
  const { table } = await surveyed();
  t.log(table);
  const lines = table.split('\n');
  t.is(lines.length, 7);
  const guide = await readFile(new URL('../../../../docs/kubernetes.md', import.meta.url), 'utf8');
  const heralds = lines.filter((line) => line.startsWith('Herald'));
  t.is(heralds.length, 2);
  for (const line of heralds) t.true(guide.includes(`\n${line}\n`), line);
});

cluster('a pod is replaced while clients keep connecting, and nothing fails (C1)', async (t) => {
  const { cluster, edges, api } = await surveyed();
  const { visits, stages } = await roll(t, cluster, edges, api);
  t.deepEqual(
    visits.filter(({ end }) => end !== 'served'),
    [],
  );
  t.true(visits.every((visit) => visit.end === 'served' && visit.saw === visit.from));
  const b = ['b1', 'b2', 'b3', 'b4'];
  const stage = (local: string, all: readonly string[]) => ({
    'Cluster node-a': all,
    'Cluster node-b': all,
    'Cluster node-c': all,
    'Local node-a': [local],
    'Local node-b': b,
  });
  // The old pod is a1. It has the new sessions of its own node as long as that has no other pod.
  t.deepEqual(stages, {
    terminating: stage('a1', b),
    replaced: stage('a2', ['a2', ...b]),
    gone: stage('a2', ['a2', ...b]),
  });
  t.log(`${visits.length} visits`);
});

cluster('what a cluster was made of is gone with it', async (t) => {
  const own = () => Namespace.names().filter((name) => name.startsWith(`herald-${process.pid}-`));
  await surveyed();
  const before = own();
  const ends: (() => unknown)[] = [];
  await Cluster.start({ teardown: (end) => ends.push(end) }, [1], 1);
  t.is(own().length, before.length + 4, 'the wire, a node, its pod, and outside');
  for (const end of ends.reverse()) await end();
  t.deepEqual(own().sort(), [...before].sort());
});

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}
