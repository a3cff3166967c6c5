import { once } from 'node:events';
import { createServer } from 'node:net';
import type { ApiObject } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { type RightsManifest, rbacOf } from '../../helpers/scripted-kubernetes-rights.ts';
import { OVERLAYS, workloadsOf } from '../../k8s/overlays.ts';
import type { Told } from '../kubernetes/world.ts';
import {
  edgeService,
  endpointsOf,
  gateway,
  gatewayClass,
  NODE_IP,
  plainService,
  referenceGrant,
  tcpRoute,
} from './objects.ts';
import { OWN_NAMESPACE, startWorld, type World } from './world.ts';

const POD = '10.1.0.1';
const SERVED = `${POD} saw 10.9.0.1`;
/** An address of the balancer that an overlay asks for addresses. */
const BALANCER_IP = '198.51.100.7';

/** Everything that a gateway does, with the command line of an overlay, its rights and no others (G10). */
export async function rightsOf(owner: Owner, name: string, more = ''): Promise<Told> {
  const overlay = OVERLAYS.find((each) => each.name === name)!;
  const [workload] = workloadsOf(overlay);
  const account = `${workload!.pod.serviceAccountName}`;
  const manifests = overlay.objects as unknown as readonly RightsManifest[];
  const rights = rbacOf(manifests, { namespace: OWN_NAMESPACE, name: account });
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
    flags: `${flagsOf(workload!.containers[0]!.args)} ${more}`,
    prepare: ({ scripted }) => {
      scripted!.rights = rights;
    },
  });
  const { api, startPod, visitUntil, event, conditions, herald } = world;
  await startPod(POD);
  await visitUntil(443, SERVED);
  await visitUntil(5432, SERVED);
  await conditions('TCPRoute', 'shop/db', (all) => all.includes('ResolvedRefs=True ResolvedRefs'));
  await conditions('GatewayClass', 'herald', (all) => all.includes('Accepted=True Accepted'));
  const ingress = name === 'gateway' ? await world.ingress('shop/web') : await throughBalancer(world);

  if (more.includes('--hop-listen')) await takesSessions(world);

  // A port that cannot be opened is told by the Lease of the instance, which is updated, and by an Event.
  const stranger = createServer().listen(7000, '0.0.0.0');
  await once(stranger, 'listening');
  owner.teardown(() => stranger.close());
  await api.put(edgeService('shop', 'late', { port: 7000, annotations: {} }));
  await event('shop/late', 'PortUnavailable');
  await api.until(async () => rights.used.has('update coordination.k8s.io/leases') || undefined);

  for (const each of ['late', 'web']) await api.remove('Service', each, 'shop');
  await api.until(async () => (await companions(world)).length <= 1 || undefined);
  const { code } = await herald.stop();
  return { code, ingress, refused: rights.refused, unused: rights.unused() };
}

/** The command line of a container, with the places of this machine, and without its patience. */
function flagsOf([, ...args]: readonly string[]): string {
  const own = args.filter((arg) => !/^--(admin|drain-\w+)=/.test(arg));
  const flags = own.map((arg) => arg.replace('$(HOST_IP)', NODE_IP));
  return [...flags, '--admin=none', '--drain-delay=0s', '--drain-timeout=1s'].join(' ');
}

/** The address that a balancer gives to the companion Service becomes that of the Service; and a port that changes is asked for. */
async function throughBalancer(world: World): Promise<readonly object[]> {
  const { api, ingress, visitUntil } = world;
  const [first] = await api.until(async () => {
    const all = await companions(world);
    return all.length >= 2 ? all : undefined;
  });
  for (const companion of await companions(world)) {
    await api.put({ ...companion, status: { loadBalancer: { ingress: [{ ip: BALANCER_IP }] } } });
  }
  await ingress('shop/web');
  await api.put(edgeService('shop', 'web', { port: 8445 }));
  await visitUntil(8445, SERVED);
  await api.until(async () => {
    const all = await companions(world);
    return all.some(({ spec }) => JSON.stringify(spec).includes('8445')) || undefined;
  });
  return first === undefined ? [] : ingress('shop/web');
}

async function companions({ api }: World): Promise<readonly ApiObject[]> {
  return (await api.all('Service')).filter(({ metadata }) => metadata.namespace === OWN_NAMESPACE);
}

/** An object that is served transparently makes the instance one that others hand over sessions to (G12). */
async function takesSessions({ api, opened }: World): Promise<void> {
  await api.put(
    edgeService('shop', 'plain', { port: 7001, annotations: { 'herald/present': 'transparent' } }),
  );
  await opened('hop');
  await api.until(async () => {
    const leases = await api.all('Lease');
    const reports = leases.map(({ metadata }) => metadata.annotations?.['herald/instance'] ?? '{}');
    return reports.some((text) => JSON.parse(text).hop != null) || undefined;
  });
  await api.remove('Service', 'plain', 'shop');
}
