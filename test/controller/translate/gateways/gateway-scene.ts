import type { ClusterObjects } from '../../../../src/controller/objects/cluster-objects.ts';
import { resolveClaims } from '../../../../src/controller/translate/claim.ts';
import { claimGateways } from '../../../../src/controller/translate/gateways/translate-gateways.ts';
import type {
  GatewayPlace,
  ListenerStatusWish,
  ParentStatusWish,
  PublishedAddress,
  StatusWish,
  Translation,
} from '../../../../src/controller/translate/translation.ts';
import { objectsOfText } from '../../../helpers/gateway-api-data.ts';
import { isWatched, OPTIONS, objectsOf as worldObjects } from '../../golden-world.ts';

// Gateways and their routes, from objects as the API has them to what becomes of them.

export const CLASS = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: { name: herald, uid: uid-class, generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' }
spec: { controllerName: herald/gateway }
`;

/** Documents of YAML text, with metadata that a cluster would add; `null` documents (comments alone) are left out. */
export function documents(text: string): unknown[] {
  const added = { uid: 'uid', generation: 3, creationTimestamp: '2026-02-01T00:00:00Z' };
  return objectsOfText<{ metadata?: object }>(text).map((value) => ({
    ...value,
    metadata: { ...added, ...value.metadata },
  }));
}

/** Objects of other kinds, such as the Deployments of a manifest, do not count. */
export function objectsOf(values: readonly unknown[]): ClusterObjects {
  const objects = values.filter(isWatched);
  return {
    ...worldObjects({ objects }),
    readyNodes: () => ({ anywhere: true, v4: new Set(), v6: new Set() }),
  };
}

export function published(address: string, more: Partial<PublishedAddress> = {}): PublishedAddress {
  return { address, kind: 'ip', node: 'node-a', failedPorts: [], bypassedPorts: [], ...more };
}

export function placeOf(
  more: Partial<Omit<GatewayPlace, 'options'>> & { readonly options?: Partial<GatewayPlace['options']> } = {},
): GatewayPlace {
  return {
    ownAddresses: ['192.0.2.1'],
    node: 'node-a',
    faults: new Map(),
    reservedPorts: new Map(),
    heldPorts: new Map(),
    failures: new Map(),
    published: [published('192.0.2.1')],
    companions: new Map(),
    keepsIpMode: null,
    ...more,
    options: {
      ...OPTIONS,
      ports: [{ first: 1, last: 29_999 }],
      ...more.options,
    },
  };
}

/** The Gateway API's half of the translation alone. */
export function translated(objects: ClusterObjects, place: GatewayPlace = placeOf()): Translation {
  const { claims, settle } = claimGateways(objects, place);
  return settle(resolveClaims(claims, place));
}

export function translatedText(text: string, place: GatewayPlace = placeOf()): Translation {
  return translated(objectsOf(documents(`${CLASS}---\n${text}`)), place);
}

type StatusOf<Of extends StatusWish['of']> = Extract<StatusWish, { of: Of }>;

/** The status of an object, by `namespace/name`; throws if it has none. */
export function statusOf<Of extends Exclude<StatusWish['of'], 'Service'>>(
  { statuses }: Translation,
  of: Of,
  name: string,
): StatusOf<Of> {
  const found = statuses.find((each) => each.of === of && `${each.ref.namespace}/${each.ref.name}` === name);
  if (found === undefined) throw new Error(`${name} has no status`);
  return found as StatusOf<Of>;
}

/** `Accepted=False UnsupportedProtocol` for each condition, in order. */
export function conditions({ conditions: all }: Pick<ListenerStatusWish, 'conditions'>): string[] {
  return all.map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}

export function listenerOf(translation: Translation, gateway: string, name: string): ListenerStatusWish {
  const found = statusOf(translation, 'Gateway', gateway).listeners.find((each) => each.name === name);
  if (found === undefined) throw new Error(`${gateway} has no status of the listener ${name}`);
  return found;
}

/** The status of a route at its only parent. */
export function parentOf(translation: Translation, route: string): ParentStatusWish {
  const { parents } = statusOf(translation, 'Route', route);
  if (parents.length !== 1) throw new Error(`${route} has ${parents.length} parents`);
  return parents[0]!;
}

/** `infra/web:80 tcproute shop/web → k8s:shop/web:http 1`, for each listener. */
export function carried({ listeners }: Translation): string[] {
  return listeners.map(({ name, object, to }) => {
    const destinations = to.map(({ endpoint, weight }) => `${endpoint ?? 'refused'} ${weight}`);
    return `${name} ${object} → ${destinations.join(', ')}`;
  });
}
