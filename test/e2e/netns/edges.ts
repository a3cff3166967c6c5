import { join } from 'node:path';
import { NAMESPACE, SERVICE } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { folderFor, retry } from '../../helpers/peer-start.ts';
import { Program } from '../../helpers/program.ts';
import { ask } from '../../ops/ask.ts';
import type { Cluster, ClusterNode, Pod } from './cluster.ts';
import type { ServiceApi } from './service-api.ts';
import { NODE_PORTS } from './service-rules.ts';

export type Policy = 'Cluster' | 'Local';

/** How an edge shows a pod at `/endpoints`; null where it knows of none. */
type Shown = { readonly usable: boolean; readonly terminating: boolean } | null;

/** Herald on one node, with one policy. */
export class Edge {
  readonly node: ClusterNode;
  readonly policy: Policy;
  readonly herald: Program;
  /** Its addresses for machines are sockets in here: those are met across networks. */
  readonly #folder: string;

  private constructor(node: ClusterNode, policy: Policy, herald: Program, folder: string) {
    this.node = node;
    this.policy = policy;
    this.herald = herald;
    this.#folder = folder;
  }

  static async start(owner: Owner, node: ClusterNode, policy: Policy, kubeconfig: string): Promise<Edge> {
    const folder = await folderFor(owner);
    const flags = [
      `--listen ${node.address}:${NODE_PORTS[`Herald ${policy}`]}`,
      `--to k8s:${NAMESPACE}/${SERVICE}:http --traffic-policy ${policy}`,
      `--node-name ${node.name} --kubeconfig ${kubeconfig}`,
      `--metrics unix:${folder}/metrics --admin unix:${folder}/admin`,
      // One thread: its turn round the endpoints is then exact.
      '--threads 1',
    ];
    const herald = await Program.start(owner, `edge ${flags.join(' ')}`, { within: node.namespace.within });
    return new Edge(node, policy, herald, folder);
  }

  /** How many sessions ended for this reason. */
  async closed(reason: string): Promise<number> {
    const text = await this.#ask('metrics', '/metrics');
    const line = new RegExp(`^herald_sessions_closed_total\\{.*reason="${reason}"\\} (\\d+)$`, 'm');
    return Number(line.exec(text)?.[1] ?? 0);
  }

  /** Resolves once it shows a pod so. */
  shows(pod: Pod, fits: (shown: Shown) => boolean): Promise<void> {
    return retry(async () => {
      const { pools } = JSON.parse(await this.#ask('admin', '/endpoints'));
      const endpoints: readonly (Shown & { address: string })[] = pools[0].endpoints;
      const shown = endpoints.find(({ address }) => address.startsWith(`${pod.address}:`)) ?? null;
      if (!fits(shown)) throw new Error(`${this.node.name} shows ${pod.name} as ${JSON.stringify(shown)}`);
    }, this.herald);
  }

  async #ask(socket: 'metrics' | 'admin', path: string): Promise<string> {
    return (await ask({ kind: 'unix', path: join(this.#folder, socket) }, path)).body;
  }
}

/**
 * Herald on each node's own network, as its DaemonSet has it: one edge for each policy, also where a node has no pod.
 * Whom they dial they learn from the Service.
 */
export function startEdges(owner: Owner, cluster: Cluster, api: ServiceApi): Promise<readonly Edge[]> {
  const starting = cluster.nodes.flatMap((node) =>
    (['Cluster', 'Local'] as const).map((policy) => Edge.start(owner, node, policy, api.kubeconfig(node))),
  );
  return Promise.all(starting);
}
