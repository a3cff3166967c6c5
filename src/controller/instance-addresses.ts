import type { GatewayOptions } from '../config/gateway-options.ts';
import type { WholeCluster } from '../discovery/kubernetes/whole-cluster.ts';
import type { ClusterObjects, ServiceObject } from './objects/cluster-objects.ts';
import { canonicalIp } from './objects/published-ip.ts';
import type { PublishedAddress } from './translate/translation.ts';

/** The addresses of this instance. */
export interface InstanceAddresses {
  /**
   * Those of this machine, which are no endpoints either: a node has more of them than its Node names, such as those of
   * bridges, at which all that listens on the host can be reached (G11). Nor are those by which clients come back to Herald.
   */
  ofMachine(): readonly string[];
  /**
   * Those that are published for its node, else all of the machine. Asked for each renewal of its Lease, so that an interface that
   * comes later is known soon.
   */
  published(): readonly string[];
  /** Those at which other nodes of the cluster reach it, the best first. */
  internal(): readonly string[];
}

export interface InstanceAddressesParts {
  /** In canonical form. */
  readonly ofMachine: () => readonly string[];
  readonly options: Pick<GatewayOptions, 'publish'>;
  readonly node: string | null;
  readonly objects: () => Pick<ClusterObjects, 'services' | 'nodes'>;
  readonly cluster: () => Pick<WholeCluster<ServiceObject>, 'reserve'>;
  readonly companions: (
    services: ClusterObjects['services'],
  ) => ReadonlyMap<string, readonly PublishedAddress[]>;
}

export function createInstanceAddresses(parts: InstanceAddressesParts): InstanceAddresses {
  const { options, objects } = parts;

  function ofMachine(): readonly string[] {
    const own = parts.ofMachine();
    const named = options.publish?.kind === 'addresses' ? options.publish.addresses : [];
    const ofBalancers = [...parts.companions(objects().services).values()].flat();
    const back = [...named, ...ofBalancers.map(({ address }) => address)];
    parts.cluster().reserve([
      { owner: 'this machine', what: 'this machine', ips: own },
      {
        ...{ owner: 'this gateway', what: 'this gateway' },
        ips: back.flatMap((text) => canonicalIp(text) ?? []),
      },
    ]);
    return own;
  }

  const nodeNow = () => objects().nodes.get(parts.node ?? '');

  return {
    ofMachine,
    published() {
      const own = ofMachine();
      const node = nodeNow();
      const ofNode = [...(node?.externalIps ?? []), ...(node?.internalIps ?? [])];
      return ofNode.length > 0 ? ofNode : own;
    },
    internal: () => [...(nodeNow()?.internalIps ?? []), ...parts.ofMachine()],
  };
}
