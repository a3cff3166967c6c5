import type { Owner } from '../../helpers/peer-owner.ts';
import type { Told } from '../kubernetes/world.ts';
import { endpointsOf, gateway, gatewayClass, plainService, referenceGrant, tcpRoute } from './objects.ts';
import { steadyVisits } from './steady-visits.ts';
import { startWorld } from './world.ts';

const [ONE, TWO, THREE] = ['10.1.0.1', '10.1.0.2', '10.1.0.3'] as const;
const PRESENT = { 'herald/present': 'v2' };
const EDGE = gateway('shop', 'edge', [{ name: 'db', port: 5432 }]);
const backend = (place: string, name: string, ip: string) => [
  plainService(place, name),
  endpointsOf(place, name, [{ ip }]),
];

/** A TCPRoute, whose pods see the client; then a listener of a kind that is not served, beside it. */
export async function route(owner: Owner): Promise<Told> {
  const { api, startPod, visitUntil, conditions } = await startWorld(owner, {
    objects: [
      ...[gatewayClass(), EDGE, ...backend('shop', 'db', ONE)],
      tcpRoute('shop', 'db', { name: 'edge' }, [{ name: 'db' }], PRESENT),
    ],
  });
  await startPod(ONE);
  const answer = await visitUntil(5432, `${ONE} saw 10.9.0.1`);
  const has = (text: string) => (texts: readonly string[]) => texts.includes(text);
  const seen = {
    class: await conditions('GatewayClass', 'herald', has('Accepted=True Accepted')),
    gateway: await conditions('Gateway', 'shop/edge', has('Programmed=True Programmed')),
    route: await conditions('TCPRoute', 'shop/db', has('Accepted=True Accepted')),
  };
  const listeners = [
    { name: 'db', port: 5432 },
    { name: 'web', port: 8080, protocol: 'HTTP' },
  ];
  await api.put(gateway('shop', 'edge', listeners));
  const http = await conditions('Gateway', 'shop/edge', (texts) =>
    texts.some((text) => text.startsWith('web: Accepted=False')),
  );
  return {
    answer,
    ...seen,
    http: http.filter((text) => text.startsWith('web: ')),
    after: await visitUntil(5432, answer),
  };
}

/** Only old versions of the definitions are there. */
export async function oldVersions(owner: Owner): Promise<Told> {
  const { startPod, visitUntil } = await startWorld(owner, {
    prepare: ({ scripted }) => {
      scripted!.serve('TCPRoute', 'v1alpha2');
      scripted!.serve('ReferenceGrant', 'v1beta1');
    },
    objects: [
      ...[gatewayClass(), EDGE, ...backend('bank', 'db', ONE), referenceGrant('bank', 'shop')],
      tcpRoute('shop', 'db', { name: 'edge' }, [{ name: 'db', namespace: 'bank' }], PRESENT),
    ],
  });
  await startPod(ONE);
  return { answer: await visitUntil(5432, `${ONE} saw 10.9.0.1`) };
}

/** 500 connections to backends of weights 7, 3 and 0. */
export async function weights(owner: Owner): Promise<Told> {
  const refs = [
    { name: 'one', weight: 7 },
    { name: 'two', weight: 3 },
    { name: 'three', weight: 0 },
  ];
  const { startPod, visit, visitUntil } = await startWorld(owner, {
    objects: [
      ...[gatewayClass(), EDGE],
      ...[...backend('shop', 'one', ONE), ...backend('shop', 'two', TWO), ...backend('shop', 'three', THREE)],
      tcpRoute('shop', 'db', { name: 'edge' }, refs, PRESENT),
    ],
  });
  await Promise.all([ONE, TWO, THREE].map((ip) => startPod(ip)));
  for (const ip of [ONE, TWO]) await visitUntil(5432, `${ip} saw 10.9.0.1`);
  const counts = { [ONE]: 0, [TWO]: 0, [THREE]: 0, other: 0 };
  for (let at = 0; at < 500; at++) {
    const [ip = ''] = (await visit(5432)).split(' ');
    counts[ip in counts ? (ip as typeof ONE) : 'other'] += 1;
  }
  return counts;
}

/** A backend that is not there refuses its share, and only that. */
export async function missingBackend(owner: Owner): Promise<Told> {
  const { startPod, visit, visitUntil, conditions } = await startWorld(owner, {
    objects: [
      ...[gatewayClass(), EDGE, ...backend('shop', 'one', ONE)],
      tcpRoute('shop', 'db', { name: 'edge' }, [{ name: 'one' }, { name: 'nobody' }], PRESENT),
    ],
  });
  await startPod(ONE);
  await visitUntil(5432, `${ONE} saw 10.9.0.1`);
  const answers: string[] = [];
  for (let at = 0; at < 100; at++) answers.push(await visit(5432));
  const texts = await conditions('TCPRoute', 'shop/db', (all) =>
    all.some((text) => text.startsWith('ResolvedRefs=False')),
  );
  return { served: answers.filter((answer) => answer.startsWith(ONE)).length, texts };
}

/** The backend of a route is exchanged while clients come, and the Service that it had goes as soon as the next one serves. */
export async function exchangedBackend(owner: Owner): Promise<Told> {
  const route = (name: string) => tcpRoute('shop', 'db', { name: 'edge' }, [{ name }], PRESENT);
  const { api, startPod, visitUntil, hold } = await startWorld(owner, {
    objects: [
      ...[gatewayClass(), EDGE, ...backend('shop', 'one', ONE), ...backend('shop', 'two', TWO)],
      route('one'),
    ],
  });
  await Promise.all([ONE, TWO].map((ip) => startPod(ip)));
  await visitUntil(5432, `${ONE} saw 10.9.0.1`);
  const session = await hold(5432);
  const clients = steadyVisits(5432);
  // Each Service is there for a round before a route names it: the watches of Services and of routes know nothing of each other.
  let [has, next] = ['one', 'two'];
  for (let round = 0; round < 10; round++) {
    const [later, ip, laterIp] = [`later-${round}`, ...(round % 2 === 0 ? [TWO, ONE] : [ONE, TWO])];
    for (const object of backend('shop', later, laterIp!).reverse()) await api.put(object);
    await api.put(route(next!));
    await visitUntil(5432, `${ip} saw 10.9.0.1`);
    await api.remove('EndpointSlice', `${has}-1`, 'shop');
    await api.remove('Service', has!, 'shop');
    [has, next] = [next, later];
  }
  return { answers: Object.keys(await clients.stop()).sort(), isAlive: await session.isAlive() };
}

/** A grant is withdrawn while clients come, and given again. */
export async function grantWithdrawn(owner: Owner): Promise<Told> {
  const { api, startPod, visitUntil, hold, conditions } = await startWorld(owner, {
    objects: [
      ...[gatewayClass(), EDGE, ...backend('bank', 'db', ONE), referenceGrant('bank', 'shop')],
      tcpRoute('shop', 'db', { name: 'edge' }, [{ name: 'db', namespace: 'bank' }], PRESENT),
    ],
  });
  const pod = await startPod(ONE);
  await visitUntil(5432, `${ONE} saw 10.9.0.1`);
  const session = await hold(5432);
  await api.remove('ReferenceGrant', 'from-shop', 'bank');
  const withdrawn = await visitUntil(5432, (text) => !text.startsWith(ONE));
  const texts = await conditions('TCPRoute', 'shop/db', (all) =>
    all.includes('ResolvedRefs=False RefNotPermitted'),
  );
  const before = pod.accepted;
  for (let at = 0; at < 20; at++) await visitUntil(5432, withdrawn);
  const dialed = pod.accepted - before;
  const isAlive = await session.isAlive();
  await api.put(referenceGrant('bank', 'shop'));
  return { withdrawn, texts, dialed, isAlive, again: await visitUntil(5432, `${ONE} saw 10.9.0.1`) };
}

/** A Gateway goes from one class of Herald to another one and back, while clients come. */
export async function classRenamed(owner: Owner): Promise<Told> {
  const { api, startPod, visitUntil, hold, conditions } = await startWorld(owner, {
    objects: [
      ...[gatewayClass(), gatewayClass('other'), EDGE, ...backend('shop', 'db', ONE)],
      tcpRoute('shop', 'db', { name: 'edge' }, [{ name: 'db' }], PRESENT),
    ],
  });
  await startPod(ONE);
  await visitUntil(5432, `${ONE} saw 10.9.0.1`);
  const session = await hold(5432);
  const clients = steadyVisits(5432);
  for (const gatewayClassName of ['other', 'herald', 'other']) {
    await api.put({ ...EDGE, spec: { ...(EDGE.spec as object), gatewayClassName } });
    const { metadata } = (await api.get('Gateway', 'edge', 'shop'))!;
    await api.until(async () => {
      const status = (await api.get('Gateway', 'edge', 'shop'))?.status as Observed | undefined;
      const { conditions: all = [] } = status ?? {};
      const isCurrent = all.every(({ observedGeneration }) => observedGeneration === metadata.generation);
      return (all.length > 0 && isCurrent) || undefined;
    });
    await clients.next(20);
  }
  const answers = Object.keys(await clients.stop());
  // A class of somebody else: the listener closes, the session stays.
  await api.put({ ...EDGE, spec: { ...(EDGE.spec as object), gatewayClassName: 'foreign' } });
  const gone = await visitUntil(5432, 'ECONNREFUSED');
  await conditions('GatewayClass', 'other', (all) => all.includes('Accepted=True Accepted'));
  return { answers, gone, isAlive: await session.isAlive() };
}

interface Observed {
  readonly conditions?: readonly { readonly observedGeneration: number }[];
}
