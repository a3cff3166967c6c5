import { once } from 'node:events';
import { get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Owner } from '../../helpers/peer-owner.ts';
import type { Told } from '../kubernetes/world.ts';
import { edgeService, endpointsOf } from './objects.ts';
import { steadyVisits } from './steady-visits.ts';
import { METRICS_PORT, startWorld } from './world.ts';

// The process of the gateway: its start without the API, its signals, and its end.

const POD = '10.1.0.1';
const SERVED = `${POD} saw 10.9.0.1`;
const WEB = [edgeService('shop', 'web'), endpointsOf('shop', 'web', [{ ip: POD }])];

/** What a path of the ops address answers: its status. */
function statusOf(path: string, port = METRICS_PORT): Promise<number> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    }).on('error', reject);
  });
}

/** The API is away when Herald starts, and a signal ends it before it is there. */
export async function endedWithoutApi(owner: Owner, ...signals: readonly string[]): Promise<Told> {
  const { herald } = await startWorld(owner, {
    objects: WEB,
    prepare: ({ scripted }) => scripted!.close(),
  });
  await herald.logged(({ level }) => level === 'warn');
  const probes = await Promise.all(
    ['/startupz', '/readyz', '/livez', '/metrics'].map((path) => statusOf(path)),
  );
  const admin = await statusOf('/status', 9465);
  for (const signal of signals) herald.child.kill(signal as NodeJS.Signals);
  return { probes, admin, exit: await herald.exited };
}

/** The API is lost, and a signal ends a gateway that serves, with a session. */
export async function endedAfterApi(owner: Owner): Promise<Told> {
  const { api, herald, startPod, visitUntil, hold } = await startWorld(owner, { objects: WEB });
  await startPod(POD);
  await visitUntil(443, SERVED);
  const session = await hold(443);
  await api.scripted!.close();
  await herald.logged(({ level }) => level === 'warn');
  herald.child.kill('SIGTERM');
  await visitUntil(443, 'ECONNREFUSED');
  const isAlive = await session.isAlive();
  session.end();
  return { isAlive, exit: await herald.exited };
}

/** A drain begins, and objects go on changing while listeners are still open, and after that. */
export async function changedInDrain(owner: Owner): Promise<Told> {
  const { api, herald, startPod, visitUntil, visit, hold } = await startWorld(owner, {
    objects: WEB,
    flags: '--drain-delay 1s',
  });
  await startPod(POD);
  await visitUntil(443, SERVED);
  const session = await hold(443);
  herald.child.kill('SIGTERM');
  await herald.logged(({ msg }) => msg.startsWith('draining'));
  await api.put(endpointsOf('shop', 'new', [{ ip: POD }]));
  await api.put(edgeService('shop', 'new', { port: 8443 }));
  const before = await visit(443);
  await visitUntil(443, 'ECONNREFUSED');
  await api.put(edgeService('shop', 'late', { port: 8444 }));
  await api.remove('Service', 'web', 'shop');
  await pause(200);
  const after = await Promise.all([8443, 8444].map((port) => visit(port)));
  const isAlive = await session.isAlive();
  session.end();
  return { before, after, isAlive, exit: await herald.exited };
}

/** A successor takes over while clients come, a session of the old process goes on, and the successor follows the cluster. */
export async function handedOver(owner: Owner): Promise<Told> {
  const { api, herald, startPod, visitUntil, hold } = await startWorld(owner, { objects: WEB });
  await startPod(POD);
  await visitUntil(443, SERVED);
  const session = await hold(443);
  const clients = steadyVisits(443);
  // No terminal and no file: ignored.
  herald.child.kill('SIGHUP');
  await clients.next(20);
  // Its output goes on with the successor.
  const ended = once(herald.child, 'exit');
  herald.child.kill('SIGUSR2');
  const line = await herald.logged(({ msg }) => msg === 'took over from the old process');
  const successor = (line as { readonly pid?: number }).pid!;
  await clients.next(50);
  const isAlive = await session.isAlive();
  session.end();
  const [code] = await ended;
  // A port that opens a moment before its endpoints are known is another matter: the watches are independent.
  const errors = herald.log.filter(({ level }) => level === 'error').map(({ msg }) => msg);
  await api.put(endpointsOf('shop', 'new', [{ ip: POD }]));
  await api.put(edgeService('shop', 'new', { port: 8443 }));
  const next = await visitUntil(8443, SERVED);
  const answers = Object.keys(await clients.stop());
  process.kill(successor, 'SIGTERM');
  await herald.exited;
  return { answers, isAlive, code, next, errors };
}

/** A successor does not get at the API: it gives up, and the old process serves as before. */
export async function successorWithoutApi(owner: Owner): Promise<Told> {
  const { api, herald, startPod, visitUntil, visit } = await startWorld(owner, { objects: WEB });
  await startPod(POD);
  await visitUntil(443, SERVED);
  const clients = steadyVisits(443);
  await api.scripted!.close();
  herald.child.kill('SIGUSR2');
  // It waits for 20 s, as long as a test waits for a line.
  await pause(10_000);
  await herald.logged(({ level, msg }) => level === 'error' && msg.startsWith('take-over failed'));
  await api.scripted!.open();
  await api.put(endpointsOf('shop', 'new', [{ ip: POD }]));
  await api.put(edgeService('shop', 'new', { port: 8443 }));
  const next = await visitUntil(8443, SERVED);
  return { answers: Object.keys(await clients.stop()), after: await visit(443), next };
}
