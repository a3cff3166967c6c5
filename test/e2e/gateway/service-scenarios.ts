import { execFileSync } from 'node:child_process';
import { get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { blocksOf } from '../../helpers/doc-blocks.ts';
import type { ApiObject } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import { ask } from '../../ops/ask.ts';
import type { Told } from '../kubernetes/world.ts';
import type { HeldVisit } from './gateway-client.ts';
import { edgeService, endpointsOf, NODE_IP, namespace as namespaceOf, POD_PORT } from './objects.ts';
import { METRICS_PORT, startWorld } from './world.ts';

const POD = '10.1.0.1';

/** A Service with two lines of Herald. */
export async function twoLines(owner: Owner): Promise<Told> {
  const { api, herald, startPod, visitUntil, ingress, opened } = await startWorld(owner);
  await startPod(POD);
  await api.put(edgeService('shop', 'web'));
  await api.put(endpointsOf('shop', 'web', [{ ip: POD }]));
  await opened('shop/web:443');
  const answer = await visitUntil(443, (text) => text.startsWith(POD));
  const { body } = await ask({ kind: 'tcp', ip: null, port: 9465 }, '/status');
  const [listener] = JSON.parse(body).listeners;
  return {
    answer,
    ingress: await ingress('shop/web'),
    shown: [listener.name, listener.object],
    complaints: herald.complaints.map(({ msg }) => msg),
  };
}

/** The manifest of a page, as it is printed, and the slice that a cluster would make of it. */
export async function printedManifest(owner: Owner, page: string): Promise<Told> {
  const printed = blocksOf(page).find(({ text }) => /loadBalancerClass: herald\/edge/.test(text));
  if (printed === undefined) return { printed: null };
  const objects: readonly ApiObject[] = parseAllDocuments(printed.text).map((each) => each.toJS());
  const service = objects.find(({ kind }) => kind === 'Service')!;
  const { name, namespace = 'default' } = service.metadata;
  const { ports } = service.spec as { ports: readonly { port: number; name?: string }[] };
  const [first] = ports;
  const { api, startPod, visitUntil } = await startWorld(owner);
  const pod = await startPod(POD);
  await api.put(namespaceOf(namespace));
  await api.put({ ...service, metadata: { ...service.metadata, namespace } });
  const slice = endpointsOf(namespace, name, [{ ip: POD }]);
  const named = ports.map((port) => ({ name: port.name ?? '', port: POD_PORT, protocol: 'TCP' }));
  await api.put({ ...slice, ports: named });
  await visitUntil(first!.port, (answer) => answer.startsWith(POD));
  return { printed: service.kind, log: [...new Set(pod.log)] };
}

/** What annotations ask for, what is wrong with them, and what this gateway does not allow. */
export async function annotated(owner: Owner): Promise<Told> {
  const { api, startPod, visitUntil, event } = await startWorld(owner, {
    objects: [edgeService('shop', 'web', { annotations: {} }), endpointsOf('shop', 'web', [{ ip: POD }])],
  });
  await startPod(POD);
  const plain = await visitUntil(443, (text) => text.startsWith(POD));
  const notPresented = await event('shop/web', 'ClientAddressNotPresented');
  const annotations = {
    'herald/present': 'v1',
    'herald/idle-timeout': 'soon',
    'herald/trust': '0.0.0.0/0',
  };
  await api.put(edgeService('shop', 'web', { annotations }));
  const presented = await visitUntil(443, `${POD} saw 10.9.0.1`);
  return {
    ...{ plain: plain.endsWith(' saw 10.9.0.1'), presented, notPresented },
    invalid: await event('shop/web', 'AnnotationInvalid'),
    notAllowed: await event('shop/web', 'AnnotationNotAllowed'),
  };
}

/** What changes around a session that is open: annotations, endpoints, and the object itself, which goes. */
export async function openSession(owner: Owner): Promise<Told> {
  const other = '10.1.0.2';
  const { api, startPod, visitUntil, hold } = await startWorld(owner, {
    objects: [edgeService('shop', 'web'), endpointsOf('shop', 'web', [{ ip: POD }])],
  });
  await Promise.all([POD, other].map((ip) => startPod(ip)));
  await visitUntil(443, `${POD} saw 10.9.0.1`);
  const session = await hold(443);
  const alive: boolean[] = [];

  const annotations = { 'herald/present': 'none', 'herald/balance': 'least-sessions' };
  await api.put(edgeService('shop', 'web', { annotations }));
  await visitUntil(443, (text) => text.startsWith(POD) && !text.endsWith(' 10.9.0.1'));
  alive.push(await session.isAlive());

  await api.put(endpointsOf('shop', 'web', [{ ip: other }]));
  await visitUntil(443, (text) => text.startsWith(other));
  alive.push(await session.isAlive());

  await api.remove('Service', 'web', 'shop');
  const gone = await visitUntil(443, 'ECONNREFUSED');
  alive.push(await session.isAlive());
  return { answer: session.answer, alive, gone };
}

/** Endpoints that the author of a Service may not name (G11). All of them would answer. */
export async function foreignEndpoints(owner: Owner): Promise<Told> {
  // A bridge of the node, which its Node does not name.
  const bridged = 'ip link add br0 type veth peer name br1 && ip addr add 10.7.0.1/32 dev br0';
  execFileSync('sh', ['-c', `${bridged} && ip link set br1 up && ip link set br0 up`]);
  const { api, startPod, visit, visitUntil } = await startWorld(owner, {
    objects: [
      edgeService('shop', 'web'),
      // Another tenant's Service, whose cluster address the slice of the first one names.
      edgeService('bank', 'vault', { port: 8443, spec: { clusterIP: '10.2.0.9', clusterIPs: ['10.2.0.9'] } }),
    ],
  });
  const own = await startPod(POD);
  const foreign = await Promise.all(
    ['10.1.0.2', '10.1.0.3', NODE_IP, '10.2.0.9', '127.0.0.1', '10.7.0.1'].map((ip) => startPod(ip)),
  );
  const [unknown, tenant, node, cluster, loopback, bridge] = foreign.map(({ ip }) => ip);
  await api.put(
    endpointsOf('shop', 'web', [
      { ip: POD },
      { ip: unknown!, pod: null },
      { ip: tenant!, pod: { namespace: 'bank', name: 'vault-0' } },
      { ip: node! },
      { ip: cluster! },
      { ip: loopback! },
      { ip: bridge! },
    ]),
  );
  await visitUntil(443, `${POD} saw 10.9.0.1`);
  const answers = new Set<string>();
  for (let at = 0; at < 30; at++) answers.add(await visit(443));
  return { answers: [...answers], own: own.accepted > 0, dialed: foreign.map(({ accepted }) => accepted) };
}

/** Slices by hand are for those whom the operator gives a range. */
export async function endpointCidrs(owner: Owner): Promise<Told> {
  const machine = '10.77.0.1';
  const { startPod, visitUntil } = await startWorld(owner, {
    objects: [edgeService('shop', 'web'), endpointsOf('shop', 'web', [{ ip: machine, pod: null }])],
    flags: '--endpoint-cidrs 10.77.0.0/16',
  });
  await startPod(machine);
  return { answer: await visitUntil(443, (text) => text.startsWith(machine)) };
}

/** Source ranges of a Service are who may come. */
export async function ranges(owner: Owner): Promise<Told> {
  const { startPod, visit, visitUntil } = await startWorld(owner, {
    objects: [
      edgeService('shop', 'web', { spec: { loadBalancerSourceRanges: ['10.9.0.0/16'] } }),
      endpointsOf('shop', 'web', [{ ip: POD }]),
    ],
  });
  await startPod(POD);
  return { admitted: await visitUntil(443, `${POD} saw 10.9.0.1`), refused: await visit(443, '10.8.0.1') };
}

/** What the ops address tells to loopback, and to others: metrics are an inventory of the cluster, probes are not (G16). */
export async function inventory(owner: Owner): Promise<Told> {
  const { startPod, visitUntil } = await startWorld(owner, {
    objects: [edgeService('shop', 'web'), endpointsOf('shop', 'web', [{ ip: POD }])],
    flags: '--metrics-allow 10.9.0.0/16',
  });
  await startPod(POD);
  await visitUntil(443, `${POD} saw 10.9.0.1`);
  const statusFrom = (localAddress: string, path: string, host = NODE_IP) =>
    new Promise<number>((resolve, reject) => {
      const asked = get({ host, port: METRICS_PORT, path, localAddress, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode!);
      });
      asked.on('error', reject);
    });
  return {
    loopback: await statusFrom('127.0.0.1', '/metrics', '127.0.0.1'),
    allowed: await statusFrom('10.9.0.1', '/metrics'),
    other: await statusFrom('10.8.0.1', '/metrics'),
    probe: await statusFrom('10.8.0.1', '/readyz'),
  };
}

/** A tenant holds as many sessions as it can, with a limit of its own that is larger. Others are served, and it gets no more. */
export async function greedyTenant(owner: Owner): Promise<Told> {
  const { startPod, visitUntil, hold } = await startWorld(owner, {
    objects: [
      edgeService('shop', 'web', { annotations: { 'herald/present': 'v2', 'herald/max-sessions': '1000' } }),
      endpointsOf('shop', 'web', [{ ip: POD }]),
      ...[edgeService('bank', 'web', { port: 8443 }), endpointsOf('bank', 'web', [{ ip: POD }])],
    ],
    // A quarter of 1000 - 256 - 512 descriptors is for listeners, and a session has two of the rest.
    prefix: ['sh', '-c', 'ulimit -n 1000; exec "$0" "$@"'],
  });
  await startPod(POD);
  await Promise.all([443, 8443].map((port) => visitUntil(port, `${POD} saw 10.9.0.1`)));
  const held: HeldVisit[] = [];
  for (let at = 0; at < 60; at++)
    void hold(443).then((each) => (each.answer.startsWith(POD) ? held.push(each) : null));
  while (held.length < 21) await pause(20);
  const others = new Set<string>();
  for (let at = 0; at < 50; at++) others.add(await visitUntil(8443, () => true));
  const most = held.length;
  held[0]!.end();
  while (held.length === most) await pause(20);
  return { most, others: [...others], next: held[most]!.answer };
}

/** Objects of a namespace that the operator does not serve. */
export async function namespaces(owner: Owner): Promise<Told> {
  const { api, startPod, visitUntil, visit } = await startWorld(owner, {
    objects: [
      ...[edgeService('shop', 'web'), endpointsOf('shop', 'web', [{ ip: POD }])],
      ...[edgeService('bank', 'web', { port: 8443 }), endpointsOf('bank', 'web', [{ ip: POD }])],
    ],
    flags: '--namespaces team=shop --default-present none --publish nodes',
  });
  await startPod(POD);
  const served = await visitUntil(443, `${POD} saw 10.9.0.1`);
  const other = await visit(8443);
  const { status } = (await api.get('Service', 'web', 'bank'))!;
  return { served, other, status: status ?? null };
}
