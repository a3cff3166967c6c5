import type { Owner } from '../../helpers/peer-owner.ts';
import type { Cluster, ClusterNode, Pod } from './cluster.ts';
import type { Edge } from './edges.ts';
import type { ServiceApi } from './service-api.ts';
import { NODE_PORTS } from './service-rules.ts';
import { type Ended, SteadyClients } from './steady-clients.ts';
import type { Outcome, Visit } from './visit.ts';

/** A client that keeps coming by one edge, for as long as a pod is replaced. */
interface Regular {
  readonly edge: Edge;
  readonly visit: Visit;
}

/** What a pod's replacement looked like to clients. */
export interface Roll {
  /** Each visit, with the address that it came from. */
  readonly visits: readonly (Outcome & { readonly from: string })[];
  /** Names of the pods that served at each stage, by the policy and the node of the edge. */
  readonly stages: { readonly [stage in Stage]: { readonly [edge: string]: readonly string[] } };
}

/** The old pod terminates and nothing else is there yet; the new one is there too; the old one is gone. */
type Stage = 'terminating' | 'replaced' | 'gone';

/** More than two turns of an edge round five pods. */
const VISITS_PER_STAGE = 12;
/** What was under way when an edge learned of a change may still go by what it knew before. */
const VISITS_UNDER_WAY = 3;

/**
 * Replaces the only pod of a node while clients keep connecting to every edge that has somebody. It is stopped when
 * it is out of the slice, as a pod with a grace period is.
 */
export async function roll(
  owner: Owner,
  cluster: Cluster,
  edges: readonly Edge[],
  api: ServiceApi,
): Promise<Roll> {
  const node = cluster.nodes.find(({ pods }) => pods.length === 1)!;
  const old = node.pods[0]!;
  const others = cluster.pods.filter((pod) => pod !== old).map((pod) => ({ pod }));
  const fresh = await cluster.startPod(owner, node);
  const regulars = regularsOf(cluster, edges);
  const clients = SteadyClients.start(
    owner,
    cluster.outside,
    regulars.map(({ visit }) => visit),
  );
  const stage = async () => {
    await clients.next(VISITS_UNDER_WAY);
    return servedBy([...cluster.pods, fresh], regulars, await clients.next(VISITS_PER_STAGE));
  };
  const all = (shows: (edge: Edge) => Promise<void>) => Promise.all(edges.map(shows));

  await clients.next(VISITS_PER_STAGE);
  api.publish([{ pod: old, isTerminating: true }, ...others]);
  await all((edge) => edge.shows(old, (shown) => shown?.terminating === true));
  const terminating = await stage();

  api.publish([{ pod: old, isTerminating: true }, ...others, { pod: fresh }]);
  await all((edge) => edge.shows(fresh, (shown) => shown?.usable === mayUse(edge, node)));
  const replaced = await stage();

  api.publish([...others, { pod: fresh }]);
  await all((edge) => edge.shows(old, (shown) => shown === null));
  await old.application.stop();
  const gone = await stage();

  const visits = await clients.finish();
  return {
    visits: visits.map(({ client, outcome }) => ({ ...outcome, from: regulars[client]!.visit.from })),
    stages: { terminating, replaced, gone },
  };
}

function mayUse({ policy, node }: Edge, place: ClusterNode): boolean {
  return policy === 'Cluster' || node === place;
}

/** A client for each edge but those that have nobody, each with an address of its own. */
function regularsOf(cluster: Cluster, edges: readonly Edge[]): readonly Regular[] {
  return edges
    .filter(({ policy, node }) => policy === 'Cluster' || node.pods.length > 0)
    .map((edge, at) => ({
      edge,
      visit: {
        from: cluster.clients[at]!,
        host: edge.node.address,
        port: NODE_PORTS[`Herald ${edge.policy}`],
      },
    }));
}

/** By each edge: the names of the pods that served its client. */
function servedBy(pods: readonly Pod[], regulars: readonly Regular[], ended: readonly Ended[]) {
  const rows = regulars.map(({ edge: { policy, node } }, at) => {
    const outcomes = ended.filter(({ client }) => client === at).map(({ outcome }) => outcome);
    const served = pods.filter(({ address }) =>
      outcomes.some((outcome) => outcome.end === 'served' && outcome.pod === address),
    );
    return [`${policy} ${node.name}`, served.map(({ name }) => name).sort()] as const;
  });
  return Object.fromEntries(rows);
}
