import type { Owner } from '../../helpers/peer-owner.ts';
import { NO_MACHINES, Program } from '../../helpers/program.ts';
import type { Cluster, ClusterNode } from './cluster.ts';
import { NODE_PORTS } from './service-rules.ts';

/** Where a pod is met by those who send a PROXY header. */
const POD_PORT = 9001;

type Policy = 'Cluster' | 'Local';

/**
 * Herald on each node's own network, as its DaemonSet has it: one edge for each policy. An edge whose policy leaves it
 * nobody is not started: its port is closed, which clients see as the refusal that it would give them.
 */
export async function startEdges(owner: Owner, cluster: Cluster): Promise<void> {
  const starting = cluster.nodes.flatMap((node) =>
    (['Cluster', 'Local'] as const).map(async (policy) => {
      const endpoints = endpointsOf(cluster, node, policy);
      if (endpoints === null) return;
      const listen = `${node.address}:${NODE_PORTS[`Herald ${policy}`]}`;
      // One thread: its turn round the endpoints is then exact.
      await Program.start(owner, `edge --listen ${listen} ${endpoints} --threads 1 ${NO_MACHINES}`, {
        within: node.namespace.within,
      });
    }),
  );
  await Promise.all(starting);
}

/** The flags that name an edge's endpoints; null where there are none. */
function endpointsOf(cluster: Cluster, node: ClusterNode, policy: Policy): string | null {
  const pods = policy === 'Local' ? node.pods : cluster.pods;
  if (pods.length === 0) return null;
  return `--to ${pods.map(({ address }) => `${address}:${POD_PORT}`).join(',')}`;
}
