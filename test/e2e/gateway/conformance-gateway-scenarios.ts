import type { ApiObject } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import type { Told } from '../kubernetes/world.ts';
import { INFRA, startConformance, WEB } from './conformance-world.ts';
import { CLIENT, visit } from './gateway-client.ts';
import { gateway, gatewayClass, NODE_IP, tcpRoute } from './objects.ts';
import { conditionsOf } from './world.ts';

// The conformance suite's cases of Gateway, on the wire. The listeners of its manifests are of HTTP, which is not served:
// their statuses are looked at as they are, and then with TCP listeners in their place.

const ACCEPTED = 'Accepted=True Accepted';
const PROGRAMMED = 'Programmed=True Programmed';

interface GatewaySpec {
  readonly listeners: readonly { readonly protocol: string; readonly port: number; readonly name: string }[];
  readonly addresses?: readonly { readonly type?: string; readonly value?: string }[];
}

/** Its HTTP listeners as TCP, and what else of its spec is to be changed. */
function asTcp(more: (spec: GatewaySpec) => object = () => ({})): (object: ApiObject) => object {
  return (object) => {
    const spec = object.spec as GatewaySpec;
    const listeners = spec.listeners.map((each) =>
      each.protocol === 'HTTP' ? { ...each, protocol: 'TCP' } : each,
    );
    return { ...object, spec: { ...spec, listeners, ...more(spec) } };
  };
}

/** Every manifest whose listeners are of HTTP, HTTPS and TLS: all of them say so, and nothing is opened. */
export async function unservedProtocols(owner: Owner, ...names: readonly string[]): Promise<Told> {
  const { api, opened } = await startConformance(owner, names, [
    gateway(INFRA, 'last', [{ name: 'tcp', port: 9399 }]),
  ]);
  await opened(`${INFRA}/last:9399`);
  const statuses = await api.until(async () => {
    const gateways = await api.all('Gateway');
    const seen = gateways.map((each) => [each.metadata.name, conditionsOf(each)] as const);
    return seen.every(([, texts]) => texts.length > 0) ? seen : undefined;
  });
  const others = statuses.filter(([name]) => name !== 'last');
  const top = (texts: readonly string[]) =>
    texts.filter((text) => /^(Accepted|Programmed)=/.test(text)).join();
  const listeners = others.flatMap(([, texts]) =>
    texts.filter((text) => / Accepted=|: Accepted=/.test(text)),
  );
  const parents = (await api.all('TLSRoute')).filter(({ status }) => status !== undefined);
  return {
    gateways: others.length,
    conditions: [...new Set(others.map(([, texts]) => top(texts)))],
    listeners: [...new Set(listeners.map((text) => text.replace(/^.*: /, '')))],
    tlsRoutesWithStatus: parents.length,
    open: [await visit(80), await visit(443)],
  };
}

/** gateway-invalid-listeners-unsupported-protocol, -invalid-route-kind and -invalid-parameters-ref. */
export async function invalidGateways(owner: Owner): Promise<Told> {
  const { settled, change, refused } = await startConformance(owner, [
    'gateway-invalid-listeners-unsupported-protocol',
    'gateway-invalid-route-kind',
    'gateway-invalid-parameters-ref',
  ]);
  const listenersOf = (...kinds: readonly string[]) =>
    asTcp(() => ({
      listeners: [
        {
          ...{ name: 'tcp', port: 9400 + kinds.length, protocol: 'TCP' },
          allowedRoutes: { kinds: kinds.map((kind) => ({ kind })) },
        },
      ],
    }));
  const none = 'gateway-only-unsupported-protocols';
  const mixed = 'gateway-supported-and-unsupported-protocols';
  const protocol = await settled('Gateway', `${INFRA}/${none}`, 'Accepted=False ListenersNotValid');
  await change('Gateway', `${INFRA}/${mixed}`, asTcp());
  await change('Gateway', `${INFRA}/gateway-only-invalid-route-kind`, listenersOf('InvalidRoute'));
  await change(
    'Gateway',
    `${INFRA}/gateway-supported-and-invalid-route-kind`,
    listenersOf('InvalidRoute', 'TCPRoute'),
  );
  await change('Gateway', `${INFRA}/gateway-invalid-parameters-ref`, asTcp());
  return {
    protocol,
    mixed: await settled('Gateway', `${INFRA}/${mixed}`, 'Accepted=True ListenersNotValid', PROGRAMMED),
    invalidKind: await settled('Gateway', `${INFRA}/gateway-only-invalid-route-kind`, 'tcp: 0 routes'),
    bothKinds: await settled('Gateway', `${INFRA}/gateway-supported-and-invalid-route-kind`, PROGRAMMED),
    parameters: await settled(
      'Gateway',
      `${INFRA}/gateway-invalid-parameters-ref`,
      'Accepted=False InvalidParameters',
      'Programmed=False Invalid',
    ),
    // The one that has the port has no route; an unknown protocol opens nothing.
    answers: [await refused(80), await visit(1111)],
  };
}

/** gateway-static-addresses, as the suite walks through it; the placeholders are for whoever runs it. */
export async function staticAddresses(owner: Owner): Promise<Told> {
  const { settled, change, refused, api } = await startConformance(owner, ['gateway-static-addresses']);
  const name = `${INFRA}/gateway-static-addresses`;
  const [fake, unusable, usable] = [
    { type: 'test/fake-invalid-type', value: 'fake address teehee!' },
    { type: 'IPAddress', value: '192.0.2.77' },
    { type: 'IPAddress', value: NODE_IP },
  ];
  const ask = (...addresses: readonly object[]) =>
    change(
      'Gateway',
      name,
      asTcp(() => ({ addresses })),
    );
  await ask(fake, unusable, usable);
  const unsupported = await settled('Gateway', name, 'Accepted=False UnsupportedAddress');
  await ask(unusable, usable);
  const some = await settled('Gateway', name, ACCEPTED, 'Programmed=False AddressNotUsable');
  await ask(usable);
  const good = await settled('Gateway', name, ACCEPTED, PROGRAMMED);
  const { status } = (await api.get('Gateway', 'gateway-static-addresses', INFRA))!;
  return {
    steps: [unsupported, some, good].map(([accepted, programmed]) => `${accepted} ${programmed}`),
    addresses: (status as { addresses: object }).addresses,
    answers: [await refused(8080), await visit(8080, CLIENT, '10.0.0.2')],
  };
}

/** gateway-optional-address-value, and gateway-infrastructure. */
export async function emptyAddress(owner: Owner): Promise<Told> {
  const { settled, change, refused, api } = await startConformance(owner, [
    'gateway-optional-address-value',
    'gateway-infrastructure',
  ]);
  const [empty, labelled] = ['gateway-without-address-value', 'gateway-with-infrastructure-metadata'];
  await change('Gateway', `${INFRA}/${empty}`, asTcp());
  await change(
    'Gateway',
    `${INFRA}/${labelled}`,
    asTcp(({ listeners }) => ({
      listeners: listeners.map((each) => ({ ...each, protocol: 'TCP', port: 8090 })),
    })),
  );
  await settled('Gateway', `${INFRA}/${empty}`, ACCEPTED, PROGRAMMED);
  await settled('Gateway', `${INFRA}/${labelled}`, ACCEPTED, PROGRAMMED);
  const { status } = (await api.get('Gateway', empty, INFRA))!;
  return {
    addresses: (status as { addresses: object }).addresses,
    answers: [await refused(8080), await refused(8090)],
  };
}

/** A listener is added, another one goes: statuses follow with every generation, and clients of the other see nothing. */
export async function modifyListeners(owner: Owner): Promise<Told> {
  const one = { name: 'one', port: 9340 };
  const two = { name: 'two', port: 9341 };
  const refs = [{ name: 'infra-backend-v1', port: 8080 }];
  const world = await startConformance(
    owner,
    [],
    [gateway(INFRA, 'changing', [one]), tcpRoute(INFRA, 'changing', { name: 'changing' }, refs)],
  );
  const { settled, whoUntil, visitUntil, hold, change, api } = world;
  const pod = 'infra-backend-v1';
  const name = `${INFRA}/changing`;
  await whoUntil(9340, pod);
  const first = await settled('Gateway', name, PROGRAMMED, 'one: 1 routes');
  const session = await hold(9340);
  const put = (...listeners: readonly object[]) =>
    change('Gateway', name, (object) => ({
      ...object,
      spec: {
        ...(object.spec as object),
        listeners: listeners.map((each) => ({ ...each, protocol: 'TCP' })),
      },
    }));
  await put(one, two);
  const both = await settled(
    'Gateway',
    name,
    'one: 1 routes',
    'two: 1 routes',
    'two: Programmed=True Programmed',
  );
  await whoUntil(9341, pod);
  await put(two);
  const gone = await visitUntil(9340, 'ECONNREFUSED');
  const last = await settled('Gateway', name, 'two: 1 routes', PROGRAMMED);
  const after = await whoUntil(9341, pod);
  const { metadata } = (await api.get('Gateway', 'changing', INFRA))!;
  return {
    listeners: [first, both, last].map((texts) => texts.filter((text) => text.endsWith('routes'))),
    ...{ gone, after, isAlive: await session.isAlive() },
    generation: metadata.generation,
  };
}

/** A route attaches by what listeners allow; one that names no listener is told; statuses are of every new generation. */
export async function attachedRoutes(owner: Owner): Promise<Told> {
  const refs = [{ name: 'infra-backend-v1', port: 8080 }];
  const parent = { name: 'counting', namespace: INFRA };
  const spec = { parentRefs: [parent], rules: [{ backendRefs: [{ ...refs[0], namespace: INFRA }] }] };
  const far = { ...tcpRoute(WEB, 'far', parent, refs), spec };
  const { settled, change, api } = await startConformance(
    owner,
    [],
    [
      gateway(INFRA, 'counting', [
        { name: 'same', port: 9350 },
        { name: 'all', port: 9351, from: 'All' },
        { name: 'http', port: 9352, protocol: 'HTTP', from: 'All' },
      ]),
      ...[tcpRoute(INFRA, 'near', { name: 'counting' }, refs), far],
      tcpRoute(INFRA, 'lost', { name: 'counting', sectionName: 'nobody' }, refs),
    ],
  );
  const counts = ['same: 1 routes', 'all: 2 routes', 'http: 0 routes'];
  await settled('Gateway', `${INFRA}/counting`, ...counts);
  const lost = await settled('TCPRoute', `${INFRA}/lost`, 'Accepted=False NoMatchingParent');
  const farRoute = await settled('TCPRoute', `${WEB}/far`, ACCEPTED, 'ResolvedRefs=False RefNotPermitted');
  // One that cannot be resolved is attached all the same.
  await change('TCPRoute', `${INFRA}/near`, (object) => ({
    ...object,
    spec: { ...(object.spec as object), rules: [{ backendRefs: [{ name: 'nobody', port: 1 }] }] },
  }));
  const near = await settled('TCPRoute', `${INFRA}/near`, ACCEPTED, 'ResolvedRefs=False BackendNotFound');
  await settled('Gateway', `${INFRA}/counting`, ...counts);
  await api.remove('TCPRoute', 'far', WEB);
  await settled('Gateway', `${INFRA}/counting`, 'same: 1 routes', 'all: 1 routes');
  return { lost, farRoute, near };
}

/** The class of a Gateway comes after it, goes to another controller, and comes back. */
export async function lateClass(owner: Owner): Promise<Told> {
  const spec = (of: ApiObject, gatewayClassName: string) => ({
    ...of,
    spec: { ...(of.spec as object), gatewayClassName },
  });
  const refs = [{ name: 'infra-backend-v1', port: 8080 }];
  const { settled, whoUntil, visitUntil, opened, api } = await startConformance(
    owner,
    [],
    [
      spec(gateway(INFRA, 'early', [{ name: 'tcp', port: 9360 }]), 'late'),
      tcpRoute(INFRA, 'early', { name: 'early' }, refs),
      gateway(INFRA, 'usual', [{ name: 'tcp', port: 9361 }]),
    ],
  );
  await opened(`${INFRA}/usual:9361`);
  await settled('Gateway', `${INFRA}/usual`, PROGRAMMED);
  const before = [await visit(9360), conditionsOf(await api.get('Gateway', 'early', INFRA)).length];
  await api.put(gatewayClass('late'));
  const served = await whoUntil(9360, 'infra-backend-v1');
  const conditions = await settled(
    'GatewayClass',
    'late',
    ACCEPTED,
    'SupportedVersion=True SupportedVersion',
  );
  await settled('TCPRoute', `${INFRA}/early`, ACCEPTED);
  const foreign = { ...gatewayClass('late'), spec: { controllerName: 'example.com/other' } };
  // Its controllerName cannot be changed: it is made anew.
  await api.remove('GatewayClass', 'late');
  await api.put(foreign);
  const gone = await visitUntil(9360, 'ECONNREFUSED');
  // Its entry for a Gateway that is not this controller's any more goes.
  const parents = await api.until(async () => {
    const { status } = (await api.get('TCPRoute', 'early', INFRA))!;
    const { parents: all } = status as { parents: readonly object[] };
    return all.length === 0 ? all : undefined;
  });
  await api.remove('GatewayClass', 'late');
  await api.put(gatewayClass('late'));
  return { before, served, conditions, gone, parents, again: await whoUntil(9360, 'infra-backend-v1') };
}
