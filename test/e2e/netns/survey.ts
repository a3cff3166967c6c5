import { formatTable } from '../../../src/cli/table.ts';
import type { Cluster } from './cluster.ts';
import { NODE_PORTS } from './service-rules.ts';
import type { Outcome, Visit } from './visit.ts';

export type Way = keyof typeof NODE_PORTS;

/** What came of the same visits, on one way into the Service. */
export interface Finding {
  readonly way: string;
  /** Whom pods saw: the client itself, or a node in its place. */
  readonly saw: readonly string[];
  /** Connections by pod, in the order of the cluster. */
  readonly served: readonly number[];
  /** What a node without a pod did with its visits. */
  readonly emptyNode: readonly string[];
}

/** Sends the same visits to each node on each way, as a balancer does that treats all nodes alike; all at once. */
export function survey(
  cluster: Cluster,
  visitsPerNode: number,
  ports: { readonly [way: string]: number } = NODE_PORTS,
): Promise<readonly Finding[]> {
  const surveying = Object.entries(ports).map(async ([way, port]) => {
    const visits = cluster.nodes.flatMap(({ address }) =>
      Array.from({ length: visitsPerNode }, (_, at) => ({
        from: cluster.clients[at % cluster.clients.length]!,
        host: address,
        port,
      })),
    );
    return find(cluster, way, visits, await cluster.visit(visits));
  });
  return Promise.all(surveying);
}

function find(
  cluster: Cluster,
  way: string,
  visits: readonly Visit[],
  outcomes: readonly Outcome[],
): Finding {
  const empty = cluster.nodes.filter(({ pods }) => pods.length === 0).map(({ address }) => address);
  const served = outcomes.flatMap((outcome, at) =>
    outcome.end === 'served' ? [{ ...outcome, from: visits[at]!.from }] : [],
  );
  return {
    way,
    saw: unique(served.map(({ saw, from }) => whoIs(cluster, saw, from))),
    served: cluster.pods.map(({ address }) => served.filter(({ pod }) => pod === address).length),
    emptyNode: unique(outcomes.filter((_, at) => empty.includes(visits[at]!.host)).map(({ end }) => end)),
  };
}

function whoIs(cluster: Cluster, saw: string, from: string): string {
  if (saw === from) return 'the client';
  // A node has an address on the wire, and one on the side of its pods.
  const isNode = cluster.nodes.some(({ address }) => address === saw) || saw.endsWith('.1');
  return isNode ? 'a node' : saw;
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}

/** The findings as a table for people. */
export function surveyTable(cluster: Cluster, findings: readonly Finding[]): string {
  const heading = cluster.nodes.map(({ name, pods }) => `${name}: ${pods.length}`).join(', ');
  const shares = ({ served }: Finding) => {
    const all = served.reduce((sum, count) => sum + count, 0);
    return served.map((count) => `${Math.round((100 * count) / all)}%`.padStart(3)).join('  ');
  };
  const most = ({ served }: Finding) => `${(Math.max(...served) / Math.min(...served)).toFixed(1)} times`;
  const table = formatTable(
    [
      { title: 'WAY', show: ({ way }: Finding) => way },
      { title: 'THE POD SAW', show: ({ saw }) => saw.join(', ') },
      { title: cluster.pods.map(({ name }) => name.padStart(3)).join('  '), show: shares },
      { title: 'MOST TO LEAST', show: most },
      { title: 'THE EMPTY NODE', show: ({ emptyNode }) => emptyNode.join(', ') },
    ],
    findings,
    'nothing was found',
  );
  return `Pods of each node: ${heading}. ${cluster.clients.length} clients, as many connections to each node.\n\n${table}`;
}
