import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  edgeService,
  endpointsOf,
  gateway,
  gatewayClass,
  plainService,
  type SliceEntry,
  tcpRoute,
} from '../e2e/gateway/objects.ts';
import { METRICS_PORT, OWN_NAMESPACE, startWorld } from '../e2e/gateway/world.ts';
import type { Told } from '../e2e/kubernetes/world.ts';
import type { Owner } from '../helpers/peer-owner.ts';
import { PeerProcess } from '../helpers/peer-process.ts';
import { WORKLOADS } from '../k8s/overlays.ts';

const POD = '10.1.0.1';
const SERVED = `${POD} saw 10.9.0.1`;
/**
 * A connection leaves its local port in TIME_WAIT for a minute. Connections to one address and port use every other of the 28,000
 * local ports first; once these are used up the kernel passes over all of them at each connect. Several pods have ports of their own.
 */
const PODS = [POD, '10.1.0.2', '10.1.0.3', '10.1.0.4'] as const;
const WEB = [edgeService('shop', 'web'), endpointsOf('shop', 'web', [{ ip: POD }])];
const RATE = 1000;
const SECONDS = 20;

const script = (name: string) => fileURLToPath(new URL(`./${name}-process.js`, import.meta.url));

/** Connections at a constant rate to one Service, while others of its class are added, changed and removed. */
export async function changesUnderLoad(owner: Owner): Promise<Told> {
  const { api, visitUntil, herald } = await startWorld(owner, {
    objects: [
      edgeService('shop', 'web'),
      endpointsOf(
        'shop',
        'web',
        PODS.map((ip) => ({ ip })),
      ),
    ],
    flags: '--threads 1',
  });
  const start = (name: string, ...args: readonly string[]) => {
    const child = new PeerProcess(process.execPath, [script(name), ...args], { open: true });
    owner.teardown(() => child.stop('SIGKILL'));
    return child;
  };
  await start('pod', ...PODS).line(/^open$/);
  await visitUntil(443, (answer) => answer.endsWith(' saw 10.9.0.1'));
  const arrivals = start('arrivals', '443', `${RATE}`, ...PODS);
  const end = performance.now() + SECONDS * 1000;
  let changes = 0;
  for (let at = 0; performance.now() < end; at++) {
    const name = `other-${at % 50}`;
    const port = 20_000 + (at % 50);
    const step = Math.floor(at / 50) % 3;
    if (step === 0) {
      await api.put(endpointsOf('shop', name, [{ ip: POD }]));
      await api.put(edgeService('shop', name, { port }));
    } else if (step === 1) {
      await api.put(edgeService('shop', name, { port: port + 100, annotations: { 'herald/present': 'v1' } }));
    } else await api.remove('Service', name, 'shop');
    changes++;
    await pause(20);
  }
  arrivals.child.stdin!.end();
  const { connections, failures } = JSON.parse(await arrivals.line(/^\{/));
  const errors = herald.log.filter(({ level, reason }) => level === 'error' && reason === undefined);
  return {
    ...{ enough: connections > RATE * SECONDS * 0.9, changes: changes > 200, failures },
    errors: errors.map(({ msg }) => msg),
  };
}

/** 1,000 Services of class and 10,000 endpoints: memory, connections, and how long an event takes (G9). */
export async function thousandServices(owner: Owner): Promise<Told> {
  const entries = (service: number): readonly SliceEntry[] =>
    Array.from({ length: 10 }, (_, at) => ({ ip: `10.${20 + (service >> 8)}.${service & 255}.${at + 1}` }));
  const objects = Array.from({ length: 1000 }, (_, at) => [
    edgeService('shop', `web-${at}`, { port: 10_500 + at }),
    endpointsOf('shop', `web-${at}`, entries(at)),
  ]).flat();
  const env = { NODE_OPTIONS: nodeOptionsOf('gateway') };
  const { api, startPod, herald, visitUntil } = await startWorld(owner, {
    objects,
    flags: '--threads 1',
    env,
  });
  await startPod(POD);
  await herald.logged(({ msg }) => msg === 'listening', 1000);
  const took: number[] = [];
  for (let at = 0; at < 10; at++) {
    const port = 8100 + at;
    await api.put(endpointsOf('shop', `late-${at}`, [{ ip: POD }]));
    const began = performance.now();
    await api.put(edgeService('shop', `late-${at}`, { port }));
    await visitUntil(port, SERVED);
    took.push(Math.round(performance.now() - began));
  }
  const status = readFileSync(`/proc/${herald.child.pid}/status`, 'utf8');
  const residentMiB = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) / 1024;
  const metrics = await (await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`)).text();
  return {
    residentMiB: Math.round(residentMiB),
    medianMs: took.sort((a, b) => a - b)[5]!,
    connections: api.scripted!.mostConnections(),
    hasHistograms: /_bucket\{[^}]*listener="shop/.test(metrics),
  };
}

/** The options of Node in this overlay. */
function nodeOptionsOf(overlay: string): string {
  const { containers } = WORKLOADS.find((each) => each.overlay === overlay)!;
  return containers[0]!.env!.find(({ name }) => name === 'NODE_OPTIONS')!.value!;
}

/** Definitions that are absent are looked for again, and one that comes back is served: a minute at most (G3). */
export async function definitionsReturn(owner: Owner): Promise<Told> {
  const kinds = ['GatewayClass', 'Gateway', 'TCPRoute', 'ReferenceGrant'];
  const { api, startPod, visitUntil, visit } = await startWorld(owner, {
    objects: WEB,
    prepare: ({ scripted }) => {
      for (const kind of kinds) scripted!.serve(kind);
    },
  });
  await startPod(POD);
  await visitUntil(443, SERVED);
  for (const kind of kinds) api.scripted!.serve(kind, 'v1');
  for (const object of [
    ...[gatewayClass(), gateway('shop', 'edge', [{ name: 'db', port: 5432 }])],
    ...[plainService('shop', 'db'), endpointsOf('shop', 'db', [{ ip: POD }])],
    tcpRoute('shop', 'db', { name: 'edge' }, [{ name: 'db' }], { 'herald/present': 'v2' }),
  ]) {
    await api.put(object);
  }
  const end = Date.now() + 75_000;
  let answer = '';
  while (answer !== SERVED && Date.now() < end) {
    answer = await visit(5432);
    await pause(500);
  }
  return { answer };
}

/** A thief takes the Lease and dies: when it has expired the gateway leads again, and writes what was left. */
export async function leaseExpires(owner: Owner): Promise<Told> {
  const { api, ingress, metric } = await startWorld(owner, { objects: WEB });
  await ingress('shop/web');
  const lease = (await api.get('Lease', 'herald-gateway', OWN_NAMESPACE))!;
  const now = `${new Date().toISOString().slice(0, -1)}000Z`;
  const holder = { holderIdentity: 'thief', acquireTime: now, renewTime: now, leaseDurationSeconds: 15 };
  await api.put({ ...lease, spec: { ...(lease.spec as object), ...holder } });
  await api.until(async () => ((await metric(/^herald_gateway_leader\b/)) === 0 ? true : undefined));
  await api.put(edgeService('shop', 'later', { port: 8443 }));
  const began = Date.now();
  await ingress('shop/later');
  return { isSoon: Date.now() - began < 25_000 };
}
