import type { ApiObject } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import type { Told } from '../kubernetes/world.ts';
import { edgeService, endpointsOf, gateway, gatewayClass, plainService, tcpRoute } from './objects.ts';
import { startWorld } from './world.ts';

const POD = '10.1.0.1';
const SERVED = `${POD} saw 10.9.0.1`;
const WEB = [edgeService('shop', 'web'), endpointsOf('shop', 'web', [{ ip: POD }])];
const ROUTED = [
  ...[gatewayClass(), gateway('shop', 'edge', [{ name: 'db', port: 5432 }])],
  ...[plainService('shop', 'db'), endpointsOf('shop', 'db', [{ ip: POD }])],
  tcpRoute('shop', 'db', { name: 'edge' }, [{ name: 'db' }], { 'herald/present': 'v2' }),
];

/** The API is away when Herald starts. */
export async function apiAwayAtStart(owner: Owner): Promise<Told> {
  const { api, startPod, visit, visitUntil, herald } = await startWorld(owner, {
    objects: WEB,
    prepare: ({ scripted }) => scripted!.close(),
  });
  await startPod(POD);
  await herald.logged(({ level }) => level === 'warn');
  const before = await visit(443);
  await api.scripted!.open();
  return { before, after: await visitUntil(443, SERVED) };
}

/** One kind cannot be listed at first: nothing is opened before everything is known (G3). */
export async function oneKindLate(owner: Owner): Promise<Told> {
  const { api, startPod, visit, visitUntil } = await startWorld(owner, {
    objects: WEB,
    prepare: ({ scripted }) => void scripted!.forbidden.add('Namespace'),
  });
  await startPod(POD);
  await api.scripted!.listed('Namespace', 2);
  const before = await visit(443);
  api.scripted!.forbidden.clear();
  return { before, after: await visitUntil(443, SERVED) };
}

/** The API is lost later: what is open stays open, and what changed meanwhile is caught up with. */
export async function apiLost(owner: Owner): Promise<Told> {
  const { api, startPod, visitUntil, visit, herald } = await startWorld(owner, {
    objects: [...WEB, edgeService('shop', 'other', { port: 8443 })],
  });
  await startPod(POD);
  await visitUntil(443, SERVED);
  await api.scripted!.close();
  await herald.logged(({ level }) => level === 'warn');
  const away: string[] = [];
  for (let at = 0; at < 20; at++) away.push(await visit(443));
  await api.remove('Service', 'other', 'shop');
  const meanwhile = await visit(8443);
  await api.scripted!.open();
  return {
    away: [...new Set(away)],
    meanwhile,
    caughtUp: await visitUntil(8443, 'ECONNREFUSED'),
    after: await visit(443),
  };
}

/** No definition of the Gateway API is there; Services of class need none. */
export async function noDefinitions(owner: Owner): Promise<Told> {
  const { startPod, visitUntil, api } = await startWorld(owner, {
    objects: WEB,
    prepare: ({ scripted }) => {
      for (const kind of ['GatewayClass', 'Gateway', 'TCPRoute', 'ReferenceGrant']) scripted!.serve(kind);
    },
  });
  await startPod(POD);
  const answer = await visitUntil(443, SERVED);
  const asked = api.scripted!.requests.filter(({ type }) => type === null);
  // Once each, and in the version before it: it is looked for again a minute later.
  return { answer, isCalm: asked.length <= 8, watched: asked.some(({ verb }) => verb === 'watch') };
}

/** The definition of Gateways is removed, with all of them. */
export async function definitionRemoved(owner: Owner): Promise<Told> {
  const { api, startPod, visitUntil, hold } = await startWorld(owner, { objects: [...WEB, ...ROUTED] });
  await startPod(POD);
  await visitUntil(5432, SERVED);
  const session = await hold(5432);
  for (const kind of ['TCPRoute', 'Gateway']) api.scripted!.serve(kind);
  return {
    gone: await visitUntil(5432, 'ECONNREFUSED'),
    stays: await visitUntil(443, SERVED),
    isAlive: await session.isAlive(),
  };
}

/** Objects that break the schema although the API let them through: they get nothing, and the rest is served. */
export async function brokenObjects(owner: Owner): Promise<Told> {
  const broken = (kind: string, apiVersion: string, at: number, rest: object): ApiObject => ({
    ...{ apiVersion, kind, metadata: { name: `broken-${at}`, namespace: 'shop' } },
    ...rest,
  });
  const specs: readonly unknown[] = [
    ...[null, 7, 'text', [], {}, { type: 'LoadBalancer', loadBalancerClass: 'herald/edge' }],
    { type: 'LoadBalancer', loadBalancerClass: 'herald/edge', ports: 'all' },
    {
      type: 'LoadBalancer',
      loadBalancerClass: 'herald/edge',
      ports: [null, { port: -1 }, { port: '443' }, { port: 1e9 }],
    },
    { gatewayClassName: 'herald', listeners: null },
    { gatewayClassName: 'herald', listeners: [null, {}, { name: 7, port: 'x', protocol: [] }] },
    { parentRefs: [null, { name: {} }], rules: [{ backendRefs: [null, { weight: -1 }] }] },
    { from: 'all', to: [null] },
  ];
  const group = 'gateway.networking.k8s.io/v1';
  const kinds = [
    ['Service', 'v1'],
    ['Gateway', group],
    ['TCPRoute', group],
    ['ReferenceGrant', group],
  ] as const;
  const objects = kinds.flatMap(([kind, version]) =>
    specs.map((spec, at) =>
      broken(kind, version, at, { spec, status: { conditions: 'x', listeners: {}, parents: 1 } }),
    ),
  );
  const { startPod, visitUntil, herald } = await startWorld(owner, {
    objects: [...objects, ...WEB, ...ROUTED],
  });
  await startPod(POD);
  return {
    service: await visitUntil(443, SERVED),
    route: await visitUntil(5432, SERVED),
    exit: herald.exit,
    errors: herald.log.filter(({ level }) => level === 'error').map(({ msg }) => msg),
  };
}
