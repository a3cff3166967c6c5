import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Owner } from '../../helpers/peer-owner.ts';
import { type RightsManifest, rbacOf } from '../../helpers/scripted-kubernetes-rights.ts';
import { renderKustomization } from '../../k8s/kustomize.ts';
import { K8S } from '../../k8s/overlays.ts';
import type { Told } from '../kubernetes/world.ts';
import {
  edgeService,
  endpointsOf,
  gateway,
  gatewayClass,
  plainService,
  referenceGrant,
  tcpRoute,
} from './objects.ts';
import { OWN_NAMESPACE, startWorld } from './world.ts';

const POD = '10.1.0.1';
const SERVED = `${POD} saw 10.9.0.1`;

/** Everything that a gateway does, with the rights of an overlay and no others (G10). */
export async function rightsOf(owner: Owner, overlay: string): Promise<Told> {
  const manifests = renderKustomization(
    join(K8S, 'overlays', overlay),
  ) as unknown as readonly RightsManifest[];
  const accounts = manifests.filter(({ kind }) => kind === 'ServiceAccount');
  const { name } = accounts[0]!.metadata;
  const rights = rbacOf(manifests, { namespace: OWN_NAMESPACE, name });
  const publishing = overlay === 'gateway' ? '--publish nodes' : '--address-class test/balancer';
  const world = await startWorld(owner, {
    objects: [
      ...[edgeService('shop', 'web'), endpointsOf('shop', 'web', [{ ip: POD }])],
      ...[gatewayClass(), gateway('shop', 'edge', [{ name: 'db', port: 5432 }])],
      ...[
        plainService('bank', 'db'),
        endpointsOf('bank', 'db', [{ ip: POD }]),
        referenceGrant('bank', 'shop'),
      ],
      tcpRoute('shop', 'db', { name: 'edge' }, [{ name: 'db', namespace: 'bank' }], {
        'herald/present': 'v2',
      }),
    ],
    flags: `--namespaces all --default-present none ${publishing} --drain-delay 0s --drain-timeout 1s`,
    prepare: ({ scripted }) => {
      scripted!.rights = rights;
    },
  });
  const { api, startPod, visitUntil, event, conditions, ingress, herald } = world;
  await startPod(POD);
  await visitUntil(443, SERVED);
  await visitUntil(5432, SERVED);
  await conditions('TCPRoute', 'shop/db', (all) => all.includes('ResolvedRefs=True ResolvedRefs'));
  await conditions('GatewayClass', 'herald', (all) => all.includes('Accepted=True Accepted'));
  if (overlay === 'gateway') await ingress('shop/web');
  else {
    await api.until(async () => ((await api.all('Service')).some(isCompanion) ? true : undefined));
  }

  // A port that cannot be opened is told by the Lease of the instance, which is updated, and by an Event.
  const stranger = createServer().listen(7000, '0.0.0.0');
  await once(stranger, 'listening');
  owner.teardown(() => stranger.close());
  await api.put(edgeService('shop', 'late', { port: 7000, annotations: {} }));
  await event('shop/late', 'PortUnavailable');
  await api.until(async () => (rights.used.has('update coordination.k8s.io/leases') ? true : undefined));

  // Companion Services go with their objects.
  await api.remove('Service', 'late', 'shop');
  await api.remove('Service', 'web', 'shop');
  await visitUntil(443, 'ECONNREFUSED');
  const { code } = await herald.stop();
  return { code, refused: rights.refused, unused: rights.unused() };
}

function isCompanion({ metadata }: { readonly metadata: { readonly namespace?: string } }): boolean {
  return metadata.namespace === OWN_NAMESPACE;
}
