import { join } from 'node:path';
import type { Owner } from '../../helpers/peer-owner.ts';
import { folderFor, retry } from '../../helpers/peer-start.ts';
import { Program } from '../../helpers/program.ts';
import { ask } from '../../ops/ask.ts';
import { edgeService, endpointsOf, namespace, node } from '../gateway/objects.ts';
import type { Cluster, ClusterNode } from './cluster.ts';
import type { GatewayApi } from './gateway-api.ts';

/** Ports of the Services of class, one for each policy. */
export const CLASS_PORTS = { Cluster: 8443, Local: 8444 } as const;
/** Where pods are met by those who send a PROXY header. */
const POD_PORT = 9001;

/** `herald gateway` on one node. */
export interface NodeGateway {
  readonly node: ClusterNode;
  readonly herald: Program;
  /** Resolves once it has this many endpoints that it may use, over all listeners. */
  knows(usable: number): Promise<void>;
}

/** Nodes, and a Service of class with each policy whose pods are those of the cluster: all that the gateway is told. */
export function clusterObjects(cluster: Cluster) {
  const entries = cluster.pods.map(({ address, name, node: nodeName }) => ({
    ...{ ip: address, nodeName },
    pod: { namespace: 'shop', name },
  }));
  const services = (['Cluster', 'Local'] as const).flatMap((policy) => {
    const name = policy.toLowerCase();
    const service = edgeService('shop', name, {
      port: CLASS_PORTS[policy],
      spec: { externalTrafficPolicy: policy },
    });
    const ports = [{ name: 'main', port: POD_PORT, protocol: 'TCP' }];
    return [service, { ...endpointsOf('shop', name, entries), ports }];
  });
  return [
    ...['herald', 'shop'].map((name) => namespace(name)),
    ...cluster.nodes.map(({ name, address }) => node(name, address)),
    ...services,
  ];
}

/** Herald on each node's own network, as the DaemonSet of the overlay has it. */
export function startGateways(
  owner: Owner,
  cluster: Cluster,
  api: GatewayApi,
): Promise<readonly NodeGateway[]> {
  return Promise.all(cluster.nodes.map((each) => startGateway(owner, each, api)));
}

async function startGateway(owner: Owner, place: ClusterNode, api: GatewayApi): Promise<NodeGateway> {
  const folder = await folderFor(owner);
  const flags = [
    '--namespaces all --default-present none --publish nodes',
    `--node-name ${place.name} --kubeconfig ${api.kubeconfig}`,
    `--metrics :9464 --admin unix:${folder}/admin`,
    // One thread: its turn round the endpoints is then exact.
    '--threads 1 --drain-delay 0s --drain-timeout 1s',
  ];
  const herald = Program.spawn(owner, `gateway ${flags.join(' ')}`, {
    within: place.namespace.within,
    env: {
      NODE_NAME: place.name,
      POD_NAME: `herald-gateway-${place.name}`,
      POD_NAMESPACE: 'herald',
      POD_UID: `00000000-0000-4000-8000-${place.address.replaceAll('.', '').padStart(12, '0')}`,
    },
  });
  await herald.logged(({ msg }) => msg === 'listening', Object.keys(CLASS_PORTS).length);
  return {
    node: place,
    herald,
    knows: (usable) =>
      retry(async () => {
        const { body } = await ask({ kind: 'unix', path: join(folder, 'admin') }, '/endpoints');
        const pools: readonly { endpoints: readonly { usable: boolean }[] }[] = JSON.parse(body).pools;
        const count = pools.flatMap(({ endpoints }) => endpoints).filter((each) => each.usable).length;
        if (count !== usable) throw new Error(`${place.name} may use ${count} endpoints, not ${usable}`);
      }, herald),
  };
}
