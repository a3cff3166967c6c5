import type { ApiObject } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { Program } from '../../helpers/program.ts';
import type { Told } from '../kubernetes/world.ts';
import { INFRA, startConformance, WEB } from './conformance-world.ts';
import { gateway, tcpRoute } from './objects.ts';

// The conformance suite's cases of TCPRoute, on the wire.

const ACCEPTED = 'Accepted=True Accepted';
const PROGRAMMED = 'Programmed=True Programmed';
const RESOLVED = 'ResolvedRefs=True ResolvedRefs';

/** A route whose backend cannot be had: nobody gets through. */
async function refusedRoute(
  owner: Owner,
  manifest: string,
  names: {
    readonly gateway: string;
    readonly route: string;
    readonly port: number;
    readonly reason: string;
  },
): Promise<Told> {
  const { settled, refused, pods } = await startConformance(owner, [manifest]);
  const { gateway, route, port, reason } = names;
  const answers = [];
  for (let at = 0; at < 10; at++) answers.push(await refused(port));
  return {
    route: await settled('TCPRoute', `${INFRA}/${route}`, ACCEPTED, `ResolvedRefs=False ${reason}`),
    gateway: await settled('Gateway', `${INFRA}/${gateway}`, 'tcp: 1 routes', PROGRAMMED),
    refused: answers.length,
    dialed: [...pods.values()].reduce((sum, { accepted }) => sum + accepted, 0),
  };
}

export function tcpNonexistentBackend(owner: Owner): Promise<Told> {
  return refusedRoute(owner, 'tcproute-invalid-backendref-nonexistent', {
    gateway: 'tcp-gateway-invalid-backend',
    route: 'tcp-route-invalid-backend-ref-nonexistent',
    port: 9300,
    reason: 'BackendNotFound',
  });
}

export function tcpCrossNamespace(owner: Owner): Promise<Told> {
  return refusedRoute(owner, 'tcproute-invalid-cross-namespace-backend-ref', {
    gateway: 'tcp-invalid-cross-namespace-backend-ref-gateway',
    route: 'tcp-invalid-cross-namespace-backend-ref',
    port: 9321,
    reason: 'RefNotPermitted',
  });
}

/** The grant is there, is withdrawn, and comes back. */
export async function tcpReferenceGrant(owner: Owner): Promise<Told> {
  const world = await startConformance(owner, ['tcproute-reference-grant']);
  const { api, whoUntil, refused, hold, settled, pods } = world;
  const [pod, route] = ['tcp-reference-grant-backend', `${INFRA}/tcp-reference-grant`];
  const granted = await whoUntil(9320, pod);
  await settled('Gateway', `${INFRA}/tcp-reference-grant-gateway`, 'tcp: 1 routes');
  await settled('TCPRoute', route, ACCEPTED, RESOLVED);
  const session = await hold(9320);
  const grant = (await api.get('ReferenceGrant', 'tcp-reference-grant', WEB))!;
  await api.remove('ReferenceGrant', 'tcp-reference-grant', WEB);
  await refused(9320);
  const before = pods.get(pod)!.accepted;
  for (let at = 0; at < 10; at++) await refused(9320);
  const withdrawn = await settled('TCPRoute', route, ACCEPTED, 'ResolvedRefs=False RefNotPermitted');
  const dialed = pods.get(pod)!.accepted - before;
  const isAlive = await session.isAlive();
  await api.put(grant);
  const again = await whoUntil(9320, pod);
  await settled('TCPRoute', route, ACCEPTED, RESOLVED);
  return { granted, withdrawn, dialed, isAlive, again };
}

export async function tcpOtherProtocol(owner: Owner): Promise<Told> {
  const { visit, settled } = await startConformance(owner, ['tcproute-invalid-non-tcp-listener']);
  const name = 'only-allow-http-routes';
  return {
    route: await settled('TCPRoute', `${INFRA}/tcp-route`, 'Accepted=False NotAllowedByListeners'),
    gateway: await settled('Gateway', `${INFRA}/tcp-mixed-protocol-gateway`, `${name}: 0 routes`),
    answer: await visit(5300),
  };
}

/** The suite makes the second route a second later, with another backend; then the older one goes. */
export async function tcpMultipleRoutes(owner: Owner): Promise<Told> {
  const world = await startConformance(owner, ['tcproute-multiple-routes-attachment']);
  const { api, whoUntil, who, settled, hold } = world;
  const place = `${INFRA}/tcp-multi-route-attach-gateway`;
  const alone = await whoUntil(9310, 'tcp-attach-backend-1');
  const older = (await api.get('TCPRoute', 'tcproute-attach-older', INFRA))!;
  const made = new Date(Date.parse(older.metadata.creationTimestamp!) + 1000);
  const creationTimestamp = made.toISOString().replace(/\.\d+/, '');
  // By its name it would come first.
  await api.put({
    ...{ apiVersion: older.apiVersion, kind: 'TCPRoute' },
    metadata: { name: 'a-newer', namespace: INFRA, creationTimestamp },
    spec: {
      ...(older.spec as object),
      rules: [{ backendRefs: [{ name: 'tcp-attach-backend-2', port: 3000 }] }],
    },
  });
  const both = await settled('Gateway', place, 'tcp: 2 routes');
  await settled('TCPRoute', `${INFRA}/tcproute-attach-older`, ACCEPTED, RESOLVED);
  await settled('TCPRoute', `${INFRA}/a-newer`, ACCEPTED, RESOLVED);
  const answers = new Set<string>();
  for (let at = 0; at < 50; at++) answers.add(await who(9310));
  const session = await hold(9310);
  await api.remove('TCPRoute', 'tcproute-attach-older', INFRA);
  const after = await whoUntil(9310, 'tcp-attach-backend-2');
  await settled('Gateway', place, 'tcp: 1 routes');
  return { alone, both, answers: [...answers], after, isAlive: await session.isAlive() };
}

export async function tcpAttachAll(owner: Owner): Promise<Told> {
  const { whoUntil, settled } = await startConformance(owner, ['tcproute-parentref-attach-all']);
  const answers: string[] = [];
  for (const port of [9310, 9311, 9312, 9313]) answers.push(await whoUntil(port, 'tcp-echo-attach-all'));
  const counts = ['one', 'two', 'three', 'four'].map((name) => `${name}: 1 routes`);
  return {
    answers,
    gateway: await settled('Gateway', `${INFRA}/tcp-attach-all-gateway`, PROGRAMMED, ...counts),
    route: await settled('TCPRoute', `${INFRA}/tcp-route-attach-all`, ACCEPTED, RESOLVED),
    status: await statusLines(owner),
  };
}

/** The lines of `herald status` that are of the route. */
async function statusLines(owner: Owner): Promise<number> {
  const { stdout } = await Program.run(owner, 'status --admin 127.0.0.1:9465');
  const line =
    /^gateway-conformance-infra\/tcp-attach-all-gateway:931\d .*tcproute gateway-conformance-infra\/tcp-route-attach-all\b/;
  return stdout.split('\n').filter((each) => line.test(each)).length;
}

export async function tcpPortAndSection(owner: Owner): Promise<Told> {
  const world = await startConformance(owner, ['tcproute-parentref-port-and-section-name']);
  const { whoUntil, who, settled } = world;
  const backends = ['tcp-echo-one', 'tcp-echo-two', 'tcp-echo-three'];
  for (const [at, name] of backends.entries()) await whoUntil(9300 + at, name);
  const answers = new Set<string>();
  for (let at = 0; at < 30; at++) answers.add(`${9300 + (at % 3)} ${await who(9300 + (at % 3))}`);
  const routes = ['tcp-route-by-port', 'tcp-route-by-section', 'tcp-route-by-section-and-port'];
  for (const route of routes) await settled('TCPRoute', `${INFRA}/${route}`, ACCEPTED, RESOLVED);
  const counts = ['one: 1 routes', 'two: 1 routes', 'three: 1 routes'];
  await settled('Gateway', `${INFRA}/tcp-multi-listener-gateway`, ...counts);
  return { answers: [...answers] };
}

/** The suite's weights, on its base Services; the manifest is not among those that are kept. */
export async function tcpWeights(owner: Owner): Promise<Told> {
  const weights = { 'infra-backend-v1': 70, 'infra-backend-v2': 30, 'infra-backend-v3': 0 };
  const refs = Object.entries(weights).map(([name, weight]) => ({ name, port: 8080, weight }));
  const more: ApiObject[] = [
    gateway(INFRA, 'tcp-weights', [{ name: 'tcp', port: 9330 }]),
    tcpRoute(INFRA, 'tcp-weights', { name: 'tcp-weights' }, refs),
  ];
  const { whoUntil, who, settled } = await startConformance(owner, [], more);
  await settled('TCPRoute', `${INFRA}/tcp-weights`, ACCEPTED, RESOLVED);
  for (const name of ['infra-backend-v1', 'infra-backend-v2']) await whoUntil(9330, name);
  const counts: { [name: string]: number } = {};
  for (let at = 0; at < 500; at++) {
    const name = await who(9330);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
