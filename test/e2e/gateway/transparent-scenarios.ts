import type { ApiObject } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { retry } from '../../helpers/peer-start.ts';
import { ask } from '../../ops/ask.ts';
import type { Told } from '../kubernetes/world.ts';
import type { ClusterApi } from './cluster-api.ts';
import { edgeService, endpointsOf, node, POD_PORT, plainService } from './objects.ts';
import { playHop } from './played-hop.ts';
import { NODE, OWN_NAMESPACE, startWorld, type World } from './world.ts';

// `herald/present: transparent` without a second node: who is asked, who may ask, and what others are told. Bytes need nodes with
// networks of their own.

const POD = '10.1.0.1';
const POD_OF_B = '10.1.0.2';
const SERVED = `${POD} saw 10.9.0.1`;
const HOP_PORT = 9466;
/** Of the hop on the other node, which is this machine as well. */
const OTHER_PORT = 9467;
const LEASE = `herald-gateway-herald-gateway-${NODE}`;

/** An annotation changes to `transparent` and back, around a session that is open. */
export async function transparentAndBack(owner: Owner): Promise<Told> {
  const world = await startWorld(owner, {
    objects: [
      node('node-b', '10.0.0.2'),
      edgeService('shop', 'web'),
      endpointsOf('shop', 'web', [{ ip: POD }, { ip: POD_OF_B, nodeName: 'node-b', isReady: false }]),
    ],
    flags: `--hop-listen :${HOP_PORT} --node-echo k8s:${OWN_NAMESPACE}/echo:http`,
  });
  const { api, startPod, visitUntil, visit, hold, opened } = world;
  await startPod(POD);
  await visitUntil(443, SERVED);
  const session = await hold(443);
  const before = { hop: (await reportOf(api)).hop, port: await visit(HOP_PORT) };

  const report = {
    node: 'node-b',
    addresses: ['10.0.0.2'],
    hop: { at: `10.0.0.2:${OTHER_PORT}`, families: [4] },
  };
  await playHop(owner, '10.0.0.2', OTHER_PORT);
  await api.put(await leaseLike(api, 'b', report));
  await api.put(endpointsOf('shop', 'web', [{ ip: POD_OF_B, nodeName: 'node-b' }]));
  await api.put(edgeService('shop', 'web', { annotations: { 'herald/present': 'transparent' } }));
  await opened('hop');
  const told = await api.until(async () => {
    const { hop, hopFault } = await reportOf(api);
    return hop === null ? undefined : { hop, isCapable: hopFault === null };
  });
  const reachedAt = await hopOf(`${POD_OF_B}:${POD_PORT}`);
  const handedOver = await visitUntil(443, (answer) => answer.startsWith(POD_OF_B));
  const { capable, all, incapable } = JSON.parse((await ask(ADMIN, '/status')).body).hops;
  const status = [capable, all, incapable.map((each: { node: string }) => each.node)];
  const stranger = await refusalOf(world, '10.0.0.3');
  const peer = await refusalOf(world, '10.0.0.2');

  await api.put(edgeService('shop', 'web'));
  await api.put(endpointsOf('shop', 'web', [{ ip: POD }]));
  await visitUntil(HOP_PORT, 'ECONNREFUSED');
  const back = await visitUntil(443, SERVED);
  const after = await api.until(async () => ((await reportOf(api)).hop === null ? 'none' : undefined));
  const isAlive = await session.isAlive();
  session.end();
  return { before, told, reachedAt, handedOver, status, stranger, peer, back, after, isAlive };
}

/** The first Lease of an instance whose node has been tried: the echo has an address of the host, so that it proves nothing. */
export async function firstLease(owner: Owner): Promise<Told> {
  const { api } = await startWorld(owner, {
    objects: [
      plainService(OWN_NAMESPACE, 'echo', { port: 80 }),
      endpointsOf(OWN_NAMESPACE, 'echo', [{ ip: POD }]),
      edgeService('shop', 'web', { annotations: { 'herald/present': 'transparent' } }),
      endpointsOf('shop', 'web', [{ ip: POD }]),
    ],
    flags: `--hop-listen :${HOP_PORT} --node-echo k8s:${OWN_NAMESPACE}/echo:main`,
  });
  return { ...(await reportOf(api)) };
}

/** A successor takes over while sessions are handed over: it has the port of the hops, and is asked and trusted as before. */
export async function hopsTakenOver(owner: Owner): Promise<Told> {
  const world = await startWorld(owner, {
    objects: [
      node('node-b', '10.0.0.2'),
      edgeService('shop', 'web', { annotations: { 'herald/present': 'transparent' } }),
      endpointsOf('shop', 'web', [{ ip: POD_OF_B, nodeName: 'node-b' }]),
    ],
    flags: `--hop-listen :${HOP_PORT} --node-echo k8s:${OWN_NAMESPACE}/echo:http`,
  });
  const { api, herald, visit, visitUntil, hold } = world;
  await playHop(owner, '10.0.0.2', OTHER_PORT);
  const report = {
    node: 'node-b',
    addresses: ['10.0.0.2'],
    hop: { at: `10.0.0.2:${OTHER_PORT}`, families: [4] },
  };
  await reportOf(api);
  await api.put(await leaseLike(api, 'b', report));
  const before = await visitUntil(443, (answer) => answer.startsWith(POD_OF_B));
  const session = await hold(443);
  const known = herald.log.length;
  herald.child.kill('SIGUSR2');
  const line = await herald.logged(({ msg }) => msg === 'took over from the old process');
  const after = await visit(443);
  const { hop } = await reportOf(api);
  const stranger = await refusalOf(world, '10.0.0.3');
  const isAlive = await session.isAlive();
  session.end();
  // The clients of before, who came until the hop was known, are logged a moment after they were refused.
  const errors = herald.log
    .slice(known)
    .filter((each) => each.level === 'error' && !('session' in each))
    .map(({ msg }) => msg);
  process.kill((line as { readonly pid?: number }).pid!, 'SIGTERM');
  await herald.exited;
  return { before, after, hop: hop?.at, stranger, isAlive, errors };
}

const ADMIN = { kind: 'tcp', ip: null, port: 9465 } as const;

interface Report {
  readonly hop: { readonly at: string; readonly families: readonly number[] } | null;
  readonly hopFault: string | null;
}

/** What this instance tells the others. */
async function reportOf(api: ClusterApi): Promise<Report> {
  return api.until(async () => {
    const lease = await api.get('Lease', LEASE, OWN_NAMESPACE);
    const text = lease?.metadata.annotations?.['herald/instance'];
    return text === undefined ? undefined : JSON.parse(text);
  });
}

/** The Lease of another instance, which nobody renews. */
async function leaseLike(api: ClusterApi, name: string, report: object): Promise<ApiObject> {
  const { metadata, ...own } = (await api.get('Lease', LEASE, OWN_NAMESPACE))!;
  return {
    ...own,
    metadata: {
      ...{ name, namespace: OWN_NAMESPACE, labels: metadata.labels ?? {} },
      annotations: { 'herald/instance': JSON.stringify(report) },
    },
    spec: { holderIdentity: name, leaseDurationSeconds: 3600, renewTime: new Date().toISOString() },
  };
}

interface EndpointOf {
  readonly address: string;
  readonly hop?: string;
}

/** Where an endpoint of the Service is reached, once that is through a hop. */
async function hopOf(address: string): Promise<string> {
  return retry(async () => {
    const { pools } = JSON.parse((await ask(ADMIN, '/endpoints')).body);
    const pool = pools.find(({ listener }: { listener: string }) => listener === 'shop/web:443');
    const all: readonly EndpointOf[] = pool.endpoints;
    const { hop } = all.find((each) => each.address === address) ?? {};
    if (hop === undefined) throw new Error(`${address} has no hop: ${JSON.stringify(all)}`);
    return hop;
  });
}

/** Why the listener of hops turns a peer away that sends no header. */
async function refusalOf({ visit }: Pick<World, 'visit'>, from: string): Promise<string> {
  await visit(HOP_PORT, from);
  return retry(async () => {
    const { refused } = JSON.parse((await ask(ADMIN, '/refused')).body);
    const all: readonly { peer: string; reason: string; listener: string }[] = refused;
    const found = all.find(({ peer, listener }) => listener === 'hop' && peer.startsWith(`${from}:`));
    if (found === undefined) throw new Error(`nobody was refused: ${JSON.stringify(all)}`);
    return found.reason;
  });
}
