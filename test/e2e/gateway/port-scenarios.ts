import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Owner } from '../../helpers/peer-owner.ts';
import type { Told } from '../kubernetes/world.ts';
import { edgeService, endpointsOf, NODE_IP } from './objects.ts';
import { steadyVisits } from './steady-visits.ts';
import { startWorld } from './world.ts';

const [ONE, TWO] = ['10.1.0.1', '10.1.0.2'] as const;
const SAW = ' saw 10.9.0.1';

/** Two namespaces want one port: the older object has it, and the other one is told. */
export async function portConflict(owner: Owner): Promise<Told> {
  const { api, startPod, visitUntil, event, eventReasons, ingress } = await startWorld(owner, {
    objects: [
      ...[edgeService('shop', 'older', { age: 1 }), endpointsOf('shop', 'older', [{ ip: ONE }])],
      ...[edgeService('bank', 'younger', { age: 60 }), endpointsOf('bank', 'younger', [{ ip: TWO }])],
    ],
  });
  await Promise.all([ONE, TWO].map((ip) => startPod(ip)));
  const answer = await visitUntil(443, ONE + SAW);
  const said = await event('bank/younger', 'PortConflict');
  await ingress('shop/older');
  // One more status, so that what was said first is not all that is said.
  await api.put(edgeService('shop', 'later', { port: 8443, age: 120 }));
  await ingress('shop/later');
  const { status } = (await api.get('Service', 'younger', 'bank'))!;
  const { loadBalancer = {} } = (status ?? {}) as { loadBalancer?: { ingress?: unknown } };
  const reasons = await eventReasons('bank/younger');
  return { answer, said, younger: loadBalancer.ingress ?? null, reasons };
}

/** A port whose Service went, and which a Service of another namespace has waited for. */
export async function portHold(owner: Owner, hold: string): Promise<Told> {
  const { api, startPod, visitUntil, visit, event } = await startWorld(owner, {
    objects: [
      ...[edgeService('shop', 'older', { age: 1 }), endpointsOf('shop', 'older', [{ ip: ONE }])],
      ...[edgeService('bank', 'younger', { age: 60 }), endpointsOf('bank', 'younger', [{ ip: TWO }])],
    ],
    flags: `--port-hold ${hold}`,
  });
  await Promise.all([ONE, TWO].map((ip) => startPod(ip)));
  await visitUntil(443, ONE + SAW);
  await api.remove('Service', 'older', 'shop');
  const gone = await visitUntil(443, 'ECONNREFUSED');
  const said = await event('bank/younger', 'PortHeld');
  if (hold === '1h') return { gone, said, after: await visit(443) };
  return { gone, said, after: await visitUntil(443, (text) => text === TWO + SAW) };
}

/** Two Services of one namespace have a port in turn, while clients keep coming: the one that has it goes, with its endpoints. */
export async function swapped(owner: Owner): Promise<Told> {
  const ips: { readonly [name: string]: string } = { one: ONE, two: TWO };
  const objects = (name: string, age: number) => [
    endpointsOf('shop', name, [{ ip: ips[name]! }]),
    edgeService('shop', name, { age }),
  ];
  const { api, startPod, visitUntil, hold, herald } = await startWorld(owner, {
    objects: [...objects('one', 1), ...objects('two', 60)],
  });
  await Promise.all([ONE, TWO].map((ip) => startPod(ip)));
  await visitUntil(443, ONE + SAW);
  const session = await hold(443);
  const clients = steadyVisits(443);
  let [has, waits] = ['one', 'two'];
  for (let round = 2; round < 12; round++) {
    await api.remove('Service', has, 'shop');
    await api.remove('EndpointSlice', `${has}-1`, 'shop');
    await visitUntil(443, ips[waits]! + SAW);
    for (const object of objects(has, round * 60)) await api.put(object);
    [has, waits] = [waits, has];
  }
  return {
    answers: Object.keys(await clients.stop()).sort(),
    isAlive: await session.isAlive(),
    reasons: [...new Set(herald.log.map(({ reason }) => reason).filter(Boolean))],
  };
}

/** Ports that are never opened: of Kubernetes, of Herald, of whoever was there before, and those outside of --ports. */
export async function reserved(owner: Owner): Promise<Told> {
  const stranger = createServer().listen(7000, NODE_IP);
  await once(stranger, 'listening');
  owner.teardown(() => stranger.close());
  const { startPod, visitUntil, event, herald } = await startWorld(owner, {
    objects: [
      ...[edgeService('shop', 'web'), endpointsOf('shop', 'web', [{ ip: ONE }])],
      ...[2379, 6443, 7000, 9464, 9465, 10_250].map((port) => edgeService('shop', `p${port}`, { port })),
      ...[22, 30_080].map((port) => edgeService('shop', `p${port}`, { port })),
    ],
  });
  await startPod(ONE);
  await visitUntil(443, ONE + SAW);
  const taken = await event('shop/p7000', 'PortUnavailable');
  const reasons = await Promise.all(
    [2379, 6443, 9464, 9465, 10_250].map((port) => event(`shop/p${port}`, 'PortReserved')),
  );
  const outside = await Promise.all([22, 30_080].map((port) => event(`shop/p${port}`, 'PortNotAllowed')));
  const open = herald.log.filter(({ msg }) => msg === 'listening').map(({ listener }) => listener);
  return { taken, reasons: reasons.length, outside: outside.length, open: [...new Set(open)] };
}

/** A port that a program of the host takes after the start: said, tried again, and the rest is served meanwhile. */
export async function taken(owner: Owner): Promise<Told> {
  const { api, startPod, visitUntil, event } = await startWorld(owner, {
    objects: [edgeService('shop', 'web'), endpointsOf('shop', 'web', [{ ip: ONE }])],
  });
  await startPod(ONE);
  await visitUntil(443, ONE + SAW);
  const stranger = createServer().listen(7000, '0.0.0.0');
  await once(stranger, 'listening');
  await api.put(edgeService('shop', 'late', { port: 7000 }));
  await api.put(endpointsOf('shop', 'late', [{ ip: ONE }]));
  const said = await event('shop/late', 'PortUnavailable');
  const meanwhile = await visitUntil(443, ONE + SAW);
  stranger.close();
  return { said, meanwhile, after: await visitUntil(7000, ONE + SAW) };
}
