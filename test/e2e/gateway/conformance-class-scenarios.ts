import type { ApiObject } from '../../helpers/kubernetes-objects.ts';
import type { Owner } from '../../helpers/peer-owner.ts';
import type { Told } from '../kubernetes/world.ts';
import { INFRA, startConformance } from './conformance-world.ts';
import { visit } from './gateway-client.ts';
import { gateway, gatewayClass, tcpRoute } from './objects.ts';
import { conditionsOf } from './world.ts';

// Gateways that come from other controllers, and go to them.

const ACCEPTED = 'Accepted=True Accepted';
const PROGRAMMED = 'Programmed=True Programmed';

/** A Gateway that comes from another controller, with that one's statuses. */
export async function adoptedGateway(owner: Owner): Promise<Told> {
  const condition = {
    ...{ type: 'Accepted', status: 'True', reason: 'Accepted', message: '', observedGeneration: 1 },
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  const left = (name: string) => ({ name, attachedRoutes: 3, supportedKinds: [], conditions: [condition] });
  const { settled, api } = await startConformance(
    owner,
    [],
    [
      {
        ...gateway(INFRA, 'adopted', [{ name: 'tcp', port: 9370 }]),
        status: {
          listeners: [left('tcp'), left('gone')],
          addresses: [{ value: 'old.example', type: 'Hostname' }],
        },
      },
    ],
  );
  await settled('Gateway', `${INFRA}/adopted`, PROGRAMMED, 'tcp: 0 routes');
  const names = await api.until(async () => {
    const { status } = (await api.get('Gateway', 'adopted', INFRA))!;
    const { listeners } = status as { readonly listeners: readonly { readonly name: string }[] };
    return listeners.length === 1 ? listeners.map(({ name }) => name) : undefined;
  });
  const { status } = (await api.get('Gateway', 'adopted', INFRA))!;
  return { names, addresses: (status as { addresses: object }).addresses };
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
