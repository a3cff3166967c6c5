import type { Owner } from '../../helpers/peer-owner.ts';
import { CONFLICT, tooManyRequests } from '../../helpers/scripted-kubernetes-wire.ts';
import type { Told } from '../kubernetes/world.ts';
import { edgeService, endpointsOf, gateway, gatewayClass } from './objects.ts';
import { OWN_NAMESPACE, startWorld } from './world.ts';

const POD = '10.1.0.1';
const SERVED = `${POD} saw 10.9.0.1`;
const WEB = [edgeService('shop', 'web'), endpointsOf('shop', 'web', [{ ip: POD }])];

/** Writes that are refused once are made again. */
export async function refusedWrites(owner: Owner): Promise<Told> {
  const { ingress, conditions } = await startWorld(owner, {
    objects: [...WEB, gatewayClass(), gateway('shop', 'edge', [{ name: 'db', port: 5432 }])],
    prepare: ({ scripted }) => {
      scripted!.answerNext('patch', 'Service', CONFLICT);
      scripted!.answerNext('patch', 'Service', tooManyRequests(1));
      scripted!.answerNext('patch', 'Gateway', CONFLICT);
      scripted!.answerNext('create', 'Lease', tooManyRequests(1));
      scripted!.answerNext('create', 'Event', tooManyRequests(1));
    },
  });
  return {
    ingress: await ingress('shop/web'),
    gateway: await conditions('Gateway', 'shop/edge', (all) =>
      all.some((text) => text.startsWith('Accepted=')),
    ),
  };
}

/** Another controller takes the addresses away each time: no war. */
export async function statusWar(owner: Owner): Promise<Told> {
  const { api, startPod, visitUntil, event } = await startWorld(owner, {
    objects: WEB,
    prepare: ({ scripted }) => void scripted!.rivals.set('Service', () => ({ loadBalancer: {} })),
  });
  await startPod(POD);
  const answer = await visitUntil(443, SERVED);
  const said = await event('shop/web', 'StatusContested');
  const writes = api.scripted!.requests.filter(
    ({ verb, resource, subresource }) =>
      verb === 'patch' && resource === 'services' && subresource === 'status',
  );
  return { answer, said, isCalm: writes.length <= 20 };
}

/** A server that drops `ipMode`: traffic to a published address would lead around Herald, so none is published (G5). */
export async function noIpMode(owner: Owner): Promise<Told> {
  const { api, startPod, visitUntil, event, ingress } = await startWorld(owner, {
    objects: WEB,
    prepare: ({ scripted }) => {
      scripted!.dropsIpMode = true;
    },
  });
  await startPod(POD);
  const answer = await visitUntil(443, SERVED);
  const said = await event('shop/web', 'IpModeUnsupported');
  await ingress('shop/web', 0);
  api.scripted!.put(edgeService('shop', 'later', { port: 8443 }));
  await event('shop/later', 'IpModeUnsupported');
  return { answer, said, later: await ingress('shop/later', 0) };
}

/** Somebody else takes the leader's Lease: no more statuses are written, and clients are served as before. */
export async function leaseStolen(owner: Owner): Promise<Told> {
  const { api, startPod, visitUntil, ingress, metric } = await startWorld(owner, { objects: WEB });
  await startPod(POD);
  await ingress('shop/web');
  const before = await metric(/^herald_gateway_leader\b/);
  const lease = (await api.get('Lease', 'herald-gateway', OWN_NAMESPACE))!;
  const now = `${new Date().toISOString().slice(0, -1)}000Z`;
  const holder = { holderIdentity: 'thief', acquireTime: now, renewTime: now, leaseDurationSeconds: 3600 };
  await api.put({ ...lease, spec: { ...(lease.spec as object), ...holder } });
  await api.until(async () => ((await metric(/^herald_gateway_leader\b/)) === 0 ? true : undefined));
  await api.put(edgeService('shop', 'later', { port: 8443 }));
  await api.put(endpointsOf('shop', 'later', [{ ip: POD }]));
  const answer = await visitUntil(8443, SERVED);
  const { status } = (await api.get('Service', 'later', 'shop'))!;
  return { before, answer, status: status ?? null };
}

/** On a regular end the Lease is given up, so that the next leader need not wait for it. */
export async function leaseReleased(owner: Owner): Promise<Told> {
  const { api, herald, ingress } = await startWorld(owner, {
    objects: WEB,
    flags: '--drain-delay 0s --drain-timeout 1s',
  });
  await ingress('shop/web');
  const holderOf = async () => {
    const lease = await api.get('Lease', 'herald-gateway', OWN_NAMESPACE);
    return (lease?.spec as { holderIdentity?: string } | undefined)?.holderIdentity ?? '';
  };
  const before = await holderOf();
  const { code } = await herald.stop();
  return { before, code, after: await holderOf() };
}

/** A node that does not count any more is taken out of the status, and comes back; not if it was the last one. */
export async function excludedNode(owner: Owner): Promise<Told> {
  const { api, ingress } = await startWorld(owner, { objects: WEB });
  const first = await ingress('shop/web');
  const node = (await api.get('Node', 'node-a'))!;
  const labels = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' };
  await api.put({ ...node, metadata: { ...node.metadata, labels } });
  await api.put(edgeService('shop', 'later', { port: 8443 }));
  // The only one: rather a node that asked to be left out than no address at all.
  return { first: first.length, kept: (await ingress('shop/web')).length };
}
