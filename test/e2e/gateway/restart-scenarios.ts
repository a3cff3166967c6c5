import type { ApiObject } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import type { Told } from '../kubernetes/world.ts';
import type { ClusterApi } from './cluster-api.ts';
import { edgeService, endpointsOf } from './objects.ts';
import { NODE, OWN_NAMESPACE, startGateway, startWorld, USUAL_FLAGS } from './world.ts';

const POD = '10.1.0.1';
const NAMES = ['web', 'api', 'db'];
const BY_CLASS = '--namespaces all --default-present none --address-class example.com/balancer';

/** The only instance ends and is started again as another process: what statuses named meanwhile. `by`: nodes or balancer. */
export async function restarted(owner: Owner, by: string): Promise<Told> {
  const flags = `${by === 'nodes' ? USUAL_FLAGS : BY_CLASS} --drain-delay 0s --drain-timeout 1s`;
  const { api, herald, ingress } = await startWorld(owner, {
    objects: NAMES.flatMap((name, at) => [
      edgeService('shop', name, { port: 8000 + at }),
      endpointsOf('shop', name, [{ ip: POD }]),
    ]),
    flags,
    prepare: by === 'nodes' ? () => {} : giveAddresses,
  });
  for (const name of NAMES) await ingress(`shop/${name}`);
  const seen = new Set<number>();
  api.scripted!.watchChanges(() => {
    for (const name of NAMES) seen.add(ingressOf(api.scripted!.get('Service', name, 'shop')).length);
  });
  await herald.stop();
  // Its Pod is deleted, and its Lease with it.
  await api.remove('Lease', `herald-gateway-herald-gateway-${NODE}`, OWN_NAMESPACE);
  startGateway(owner, api, flags);
  await api.put(edgeService('shop', 'later', { port: 8443 }));
  await ingress('shop/later');
  return { seen: [...seen] };
}

/**
 * While no instance runs, another namespace moves an older Service to the port of the first one, and writes into its status that it
 * was served there.
 */
export async function portClaimedMeanwhile(owner: Owner): Promise<Told> {
  const flags = `${USUAL_FLAGS} --drain-delay 0s --drain-timeout 1s`;
  const moved = edgeService('bank', 'older', { age: 1, port: 443 });
  const { api, herald, ingress, startPod, visitUntil } = await startWorld(owner, {
    objects: [
      ...[edgeService('shop', 'web', { age: 60 }), endpointsOf('shop', 'web', [{ ip: POD }])],
      edgeService('bank', 'older', { age: 1, port: 9443 }),
      endpointsOf('bank', 'older', [{ ip: '10.1.0.2' }]),
    ],
    flags,
  });
  await Promise.all([POD, '10.1.0.2'].map((ip) => startPod(ip)));
  await visitUntil(443, (answer) => answer.startsWith(POD));
  const [address] = await ingress('bank/older');
  await herald.stop();
  await api.put({ ...moved, status: { loadBalancer: { ingress: [address] } } });
  startGateway(owner, api, flags);
  return { answer: await visitUntil(443, (answer) => answer.startsWith('10.1.')) };
}

function ingressOf(object: ApiObject | undefined): readonly object[] {
  const status = object?.status as { loadBalancer?: { ingress?: readonly object[] } } | undefined;
  return status?.loadBalancer?.ingress ?? [];
}

/** A balancer that gives an address to each Service of its class. */
function giveAddresses({ scripted }: ClusterApi): void {
  scripted!.watchChanges(() => {
    for (const service of scripted!.all('Service')) {
      const { loadBalancerClass } = service.spec as { loadBalancerClass?: string };
      if (loadBalancerClass !== 'example.com/balancer' || ingressOf(service).length > 0) continue;
      setImmediate(() =>
        scripted!.put({ ...service, status: { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } } }),
      );
    }
  });
}
