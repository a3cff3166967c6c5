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
  /** The name of the node that it is on. */
  readonly node: string;
  readonly application: PeerProcess;
}

export interface ClusterNode {
  readonly name: string;
  readonly address: string;
  /** Its address on the side of its pods. */
  readonly gateway: string;
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
  /** Where the clients are. */
  readonly outside: Namespace;

  private constructor(nodes: readonly ClusterNode[], outside: Namespace, clients: readonly string[]) {
    this.nodes = nodes;
    this.outside = outside;
    this.clients = clients;
  }

  /** As many nodes as there are numbers, each with so many pods, all of one Service. */
  static async start(owner: Owner, podsPerNode: readonly number[], clientCount: number): Promise<Cluster> {
    const wire = Namespace.create(owner, 'wire');
    wire.ip('link add name lan type bridge', 'link set lan up');
    const addressesOf = podsPerNode.map((count, at) =>
      Array.from({ length: count }, (_, pod) => podAddress(at, pod)),
    );
    const nodes = podsPerNode.map((count, at) => {
      const name = `node-${NODE_NAMES[at]}`;
      const node = { name, address: `198.18.0.${at + 1}`, gateway: `198.18.${at + 1}.1` };
      const namespace = Namespace.create(owner, name);
      namespace.plugInto(wire, 'lan', name);
      namespace.ip(`addr add ${node.address}/24 dev eth0`);
      namespace.forward();
      namespace.ip(
        'link add name pods type bridge',
        `addr add ${node.gateway}/24 dev pods`,
        'link set pods up',
        // What the network of a cluster does: every node knows on which one each pod is.
        ...podsPerNode.flatMap((_, other) =>
          other === at ? [] : [`route add 198.18.${other + 1}.0/24 via 198.18.0.${other + 1}`],
        ),
      );
      namespace.nft(serviceRules(addressesOf.flat(), addressesOf[at]!));
      const place = { ...node, namespace };
      return { ...place, pods: Array.from({ length: count }, (_, pod) => startPod(owner, place, at, pod)) };
    });

    const outside = Namespace.create(owner, 'outside');
    outside.plugInto(wire, 'lan', 'outside');
    const clients = Array.from({ length: clientCount }, (_, at) => `198.18.0.${100 + at}`);
    outside.ip(...clients.map((address) => `addr add ${address}/24 dev eth0`));
    const cluster = new Cluster(nodes, outside, clients);
    await Promise.all(cluster.pods.map(isOpen));
    return cluster;
  }

  get pods(): readonly Pod[] {
    return this.nodes.flatMap(({ pods }) => pods);
  }

  /** One pod more on a node. It is of no Service yet: neither `pods` nor the rules of the nodes know of it. */
  async startPod(owner: Owner, node: ClusterNode): Promise<Pod> {
    const pod = startPod(owner, node, this.nodes.indexOf(node), node.pods.length);
    await isOpen(pod);
    return pod;
  }

  /** Every client's connections at once, from outside of the cluster. */
  async visit(visits: readonly Visit[]): Promise<readonly Outcome[]> {
    const process = new PeerProcess(globalThis.process.execPath, [CLIENT], {
      within: this.outside.within,
      input: JSON.stringify(visits),
    });
    const { code } = await process.exited;
    if (code !== 0) throw new Error(`the clients ended with ${code}: ${process.stderr.join('\n')}`);
    return JSON.parse(process.stdout[0]!);
  }
}

function podAddress(node: number, pod: number): string {
  return `198.18.${node + 1}.${pod + 2}`;
}

function startPod(owner: Owner, node: Omit<ClusterNode, 'pods'>, nodeAt: number, podAt: number): Pod {
  const name = `${NODE_NAMES[nodeAt]}${podAt + 1}`;
  const address = podAddress(nodeAt, podAt);
  const namespace = Namespace.create(owner, `pod-${name}`);
  namespace.plugInto(node.namespace, 'pods', `pod-${name}`);
  namespace.ip(`addr add ${address}/24 dev eth0`, `route add default via ${node.gateway}`);
  const application = new PeerProcess(process.execPath, [POD, address, CLUSTER_CIDR], {
    within: namespace.within,
  });
  owner.teardown(() => application.stop('SIGKILL'));
  return { name, address, node: node.name, application };
}

function isOpen({ application }: Pod): Promise<unknown> {
  return application.line(/^open$/);
}
