import { fileURLToPath } from 'node:url';
import type { Owner } from '../../helpers/peer-owner.ts';
import { PeerProcess } from '../../helpers/peer-process.ts';
import { Namespace } from './namespace.ts';
import { serviceRules } from './service-rules.ts';
import type { Outcome, Visit } from './visit.ts';

/** A pod: an application that tells whom it saw. */
export interface Pod {
  readonly name: string;
  readonly address: string;
}

export interface ClusterNode {
  readonly name: string;
  readonly address: string;
  readonly namespace: Namespace;
  readonly pods: readonly Pod[];
}

/** Addresses are of 198.18.0.0/15, which is for measurements and nobody's: 198.18.0.0/24 is the nodes' and clients', 198.18.N.0/24 the pods' of node N. */
export const CLUSTER_CIDR = '198.18.0.0/16';
const NODE_NAMES = 'abcdefgh';
const POD = fileURLToPath(new URL('./pod-process.js', import.meta.url));
const CLIENT = fileURLToPath(new URL('./client-process.js', import.meta.url));

/** Nodes on one wire, each with its pods behind it, and clients beside them: each in a network of its own. */
export class Cluster {
  readonly nodes: readonly ClusterNode[];
  readonly clients: readonly string[];
  readonly #outside: Namespace;

  private constructor(nodes: readonly ClusterNode[], outside: Namespace, clients: readonly string[]) {
    this.nodes = nodes;
    this.#outside = outside;
    this.clients = clients;
  }

  /** As many nodes as there are numbers, each with so many pods, all of one Service. */
  static async start(owner: Owner, podsPerNode: readonly number[], clientCount: number): Promise<Cluster> {
    const wire = Namespace.create(owner, 'wire');
    wire.ip('link add name lan type bridge', 'link set lan up');
    const podsOf = podsPerNode.map((count, at) =>
      Array.from({ length: count }, (_, pod) => ({
        name: `${NODE_NAMES[at]}${pod + 1}`,
        address: `198.18.${at + 1}.${pod + 2}`,
      })),
    );
    const starting: Promise<unknown>[] = [];
    const nodes = podsOf.map((pods, at) => {
      const node = { name: `node-${NODE_NAMES[at]}`, address: `198.18.0.${at + 1}`, pods };
      const namespace = Namespace.create(owner, node.name);
      namespace.plugInto(wire, 'lan', node.name);
      namespace.ip(`addr add ${node.address}/24 dev eth0`);
      namespace.forward();
      namespace.ip(
        'link add name pods type bridge',
        `addr add 198.18.${at + 1}.1/24 dev pods`,
        'link set pods up',
        // What the network of a cluster does: every node knows on which one each pod is.
        ...podsOf.flatMap((_, other) =>
          other === at ? [] : [`route add 198.18.${other + 1}.0/24 via 198.18.0.${other + 1}`],
        ),
      );
      for (const pod of pods) starting.push(startPod(owner, namespace, pod, `198.18.${at + 1}.1`));
      const addressesOf = (list: readonly Pod[]) => list.map(({ address }) => address);
      namespace.nft(serviceRules(addressesOf(podsOf.flat()), addressesOf(pods)));
      return { ...node, namespace };
    });

    const outside = Namespace.create(owner, 'outside');
    outside.plugInto(wire, 'lan', 'outside');
    const clients = Array.from({ length: clientCount }, (_, at) => `198.18.0.${100 + at}`);
    outside.ip(...clients.map((address) => `addr add ${address}/24 dev eth0`));
    await Promise.all(starting);
    return new Cluster(nodes, outside, clients);
  }

  get pods(): readonly Pod[] {
    return this.nodes.flatMap(({ pods }) => pods);
  }

  /** Every client's connections at once, from outside of the cluster. */
  async visit(visits: readonly Visit[]): Promise<readonly Outcome[]> {
    const process = new PeerProcess(globalThis.process.execPath, [CLIENT], {
      within: this.#outside.within,
      input: JSON.stringify(visits),
    });
    const { code } = await process.exited;
    if (code !== 0) throw new Error(`the clients ended with ${code}: ${process.stderr.join('\n')}`);
    return JSON.parse(process.stdout[0]!);
  }
}

async function startPod(owner: Owner, node: Namespace, pod: Pod, gateway: string): Promise<void> {
  const namespace = Namespace.create(owner, `pod-${pod.name}`);
  namespace.plugInto(node, 'pods', `pod-${pod.name}`);
  namespace.ip(`addr add ${pod.address}/24 dev eth0`, `route add default via ${gateway}`);
  const application = new PeerProcess(process.execPath, [POD, pod.address, CLUSTER_CIDR], {
    within: namespace.within,
  });
  owner.teardown(() => application.stop('SIGKILL'));
  await application.line(/^open$/);
}
