import type { ApiWrite } from '../../discovery/kubernetes/api-client.ts';
import type {
  GatewayClassObject,
  GatewayObject,
  IngressAddress,
  ObservedCondition,
  ParentRef,
  RouteObject,
  ServiceObject,
} from '../objects/cluster-objects.ts';
import { isSameKind } from '../objects/gateway-api.ts';
import { type ObjectRef, objectPath } from '../objects/object-path.ts';
import type { ConditionWish, IngressWish, ParentStatusWish, StatusWish } from '../translate/translation.ts';

/** An object whose status this controller writes. */
export type ObservedObject = ServiceObject | GatewayClassObject | GatewayObject | RouteObject;

export interface StatusPatchOptions {
  /** Who owns the fields that are applied. */
  readonly fieldManager: string;
  /** Whose entries of a route's `status.parents` are ours. */
  readonly controllerName: string;
  /** Milliseconds since 1970, for `lastTransitionTime`. */
  readonly nowMs: number;
  /** Whether the GatewayClass of this cluster has `status.supportedFeatures`. */
  readonly hasFeatures?: boolean;
}

type Wish<Of extends StatusWish['of']> = Extract<StatusWish, { readonly of: Of }>;
type WrittenCondition = ReturnType<typeof conditionOf>;

/** The API refuses a condition whose message is longer. */
const MAX_MESSAGE = 32_768;

/**
 * The one request that makes a status as it should be; null if nothing differs (G6, G7). Conditions and listeners are applied
 * with a field manager of our own; while there is a listener's entry that has to go, all of it is patched as a route's. A route's parents are one list that other controllers share: the others' entries go back as
 * they were read, and the request fails with 409 if the list has changed meanwhile.
 */
export function statusPatch(
  observed: ObservedObject,
  wish: StatusWish,
  options: StatusPatchOptions,
): ApiWrite | null {
  switch (wish.of) {
    case 'Service':
      return servicePatch(observed as ServiceObject, wish);
    case 'GatewayClass':
      return classApply(observed as GatewayClassObject, wish, options);
    case 'Gateway':
      return gatewayApply(observed as GatewayObject, wish, options);
    case 'Route':
      return routePatch(observed as RouteObject, wish, options);
  }
}

/** Publishes these addresses for a Service, or none, whatever it has. */
export function ingressPatch(ref: ObjectRef, ingress: readonly IngressWish[]): ApiWrite {
  // With the uid the API refuses to write to a Service that has been made anew under this name.
  const metadata = { uid: ref.uid };
  const status = { loadBalancer: { ingress: ingress.length === 0 ? null : ingress } };
  return { verb: 'patch', path: `${objectPath(ref)}/status`, body: { metadata, status } };
}

function servicePatch(observed: ServiceObject, { ref, ingress }: Wish<'Service'>): ApiWrite | null {
  const isSame =
    observed.ingress.length === ingress.length &&
    ingress.every((wish, at) => isSameIngress(observed.ingress[at]!, wish));
  return isSame ? null : ingressPatch(ref, ingress);
}

function isSameIngress(observed: IngressAddress, wish: IngressWish): boolean {
  return (
    observed.ip === (wish.ip ?? null) &&
    observed.hostname === (wish.hostname ?? null) &&
    // The API writes VIP beside an address without a mode.
    (observed.ipMode === 'VIP' ? null : observed.ipMode) === (wish.ipMode ?? null) &&
    observed.ports.length === wish.ports.length &&
    wish.ports.every(({ port, protocol, error = null }, at) => {
      const seen = observed.ports[at]!;
      return seen.port === port && seen.protocol === protocol && seen.error === error;
    })
  );
}

function classApply(
  observed: GatewayClassObject,
  wish: Wish<'GatewayClass'>,
  options: StatusPatchOptions,
): ApiWrite | null {
  const conditions = conditionsOf(observed.conditions, wish.conditions, wish.generation, options.nowMs);
  const features = options.hasFeatures === false ? [] : [...wish.supportedFeatures].sort();
  const hasFeatures = features.every((name) => observed.supportedFeatures.includes(name));
  const isSame =
    holds(observed.conditions, conditions) &&
    hasFeatures &&
    (options.hasFeatures === false || observed.supportedFeatures.length === features.length);
  if (isSame) return null;
  const supportedFeatures = features.map((name) => ({ name }));
  return apply(wish.ref, options, {
    conditions,
    ...(features.length === 0 ? {} : { supportedFeatures }),
  });
}

function gatewayApply(
  observed: GatewayObject,
  wish: Wish<'Gateway'>,
  options: StatusPatchOptions,
): ApiWrite | null {
  const { generation } = wish;
  const conditions = conditionsOf(observed.conditions, wish.conditions, generation, options.nowMs);
  const seen = new Map(observed.observedListeners.map((listener) => [listener.name, listener]));
  const listeners = wish.listeners.map((listener) => ({
    ...{ name: listener.name, supportedKinds: listener.supportedKinds },
    attachedRoutes: listener.attachedRoutes,
    conditions: conditionsOf(
      seen.get(listener.name)?.conditions ?? [],
      listener.conditions,
      generation,
      options.nowMs,
    ),
  }));
  const isSame =
    holds(observed.conditions, conditions) &&
    isSameList(observed.observedAddresses, wish.addresses, isSameAddress) &&
    seen.size === listeners.length &&
    listeners.every((listener) => {
      const before = seen.get(listener.name);
      return (
        before?.attachedRoutes === listener.attachedRoutes &&
        isSameList(before.supportedKinds, listener.supportedKinds, isSameKind) &&
        holds(before.conditions, listener.conditions)
      );
    });
  if (isSame) return null;
  const names = new Set(wish.listeners.map(({ name }) => name));
  if ([...seen.keys()].every((name) => names.has(name))) {
    return apply(wish.ref, options, { addresses: wish.addresses, conditions, listeners });
  }
  // An entry that a controller before this one wrote is that one's too: applying without it would leave it there for ever.
  const types = new Set(conditions.map(({ type }) => type));
  const others = observed.conditions.filter(({ type }) => !types.has(type));
  const status = { addresses: wish.addresses, conditions: [...others, ...conditions], listeners };
  const metadata = { uid: wish.ref.uid, resourceVersion: observed.version };
  return { verb: 'patch', path: `${objectPath(wish.ref)}/status`, body: { metadata, status } };
}

function apply(ref: ObjectRef, { fieldManager }: StatusPatchOptions, status: unknown): ApiWrite {
  const { apiVersion, kind, namespace, name, uid } = ref;
  const metadata = { ...(namespace === '' ? {} : { namespace }), name, uid };
  // Forced: whoever made the object may own the conditions that its definition has as defaults.
  const query = new URLSearchParams({ fieldManager, force: 'true' });
  return {
    verb: 'apply',
    path: `${objectPath(ref)}/status?${query}`,
    body: { apiVersion, kind, metadata, status },
  };
}

function routePatch(
  observed: RouteObject,
  { ref, generation, parents: wishes }: Wish<'Route'>,
  { controllerName, nowMs }: StatusPatchOptions,
): ApiWrite | null {
  const ours = observed.parents.filter((parent) => parent.controllerName === controllerName);
  const written = new Map(
    wishes.map((wish) => {
      const before = ours.find(({ parentRef }) => isSameParent(parentRef, wish.parentRef));
      const conditions = conditionsOf(before?.conditions ?? [], wish.conditions, generation, nowMs);
      return [wish, { before, entry: { parentRef: wish.parentRef, controllerName, conditions } }];
    }),
  );
  const isSame =
    ours.length === wishes.length &&
    [...written.values()].every(
      ({ before, entry: { conditions } }) =>
        before !== undefined &&
        before.conditions.length === conditions.length &&
        holds(before.conditions, conditions),
    );
  if (isSame) return null;
  const kept = observed.parents.flatMap((parent): unknown[] => {
    if (parent.controllerName !== controllerName) return [parent.raw];
    const own = [...written].find(([, { before }]) => before === parent);
    return own === undefined ? [] : [own[1].entry];
  });
  const added = [...written.values()].filter(({ before }) => before === undefined).map(({ entry }) => entry);
  return {
    verb: 'patch',
    path: `${objectPath(ref)}/status`,
    body: {
      metadata: { uid: ref.uid, resourceVersion: observed.version },
      status: { parents: [...kept, ...added] },
    },
  };
}

/** The conditions with their times: that of the observed one, unless its status changes (G7). */
function conditionsOf(
  observed: readonly ObservedCondition[],
  wishes: readonly ConditionWish[],
  generation: number,
  nowMs: number,
): readonly WrittenCondition[] {
  return wishes.map((wish) => {
    const before = observed.find(({ type }) => type === wish.type);
    const isKept = before?.status === wish.status && before.lastTransitionTime !== '';
    return conditionOf(wish, generation, isKept ? before.lastTransitionTime : secondsText(nowMs));
  });
}

function conditionOf(
  { type, status, reason, message }: ConditionWish,
  observedGeneration: number,
  lastTransitionTime: string,
) {
  const cut = message.slice(0, MAX_MESSAGE);
  return { type, status, reason, message: cut, observedGeneration, lastTransitionTime };
}

/**
 * Whether each of these conditions is there as it should be. Conditions of other types may be others': they would not go away by
 * our request either.
 */
function holds(observed: readonly ObservedCondition[], wanted: readonly WrittenCondition[]): boolean {
  return wanted.every((want) => {
    const seen = observed.find(({ type }) => type === want.type);
    return (
      seen !== undefined &&
      seen.status === want.status &&
      seen.reason === want.reason &&
      seen.message === want.message &&
      seen.observedGeneration === want.observedGeneration
    );
  });
}

function isSameParent(observed: ParentRef, wish: ParentStatusWish['parentRef']): boolean {
  return (
    observed.group === wish.group &&
    observed.kind === wish.kind &&
    observed.namespace === (wish.namespace ?? null) &&
    observed.name === wish.name &&
    observed.sectionName === (wish.sectionName ?? null) &&
    observed.port === (wish.port ?? null)
  );
}

type Address = { readonly type: string; readonly value: string };

function isSameAddress(one: Address, other: Address): boolean {
  return one.type === other.type && one.value === other.value;
}

function isSameList<T>(one: readonly T[], other: readonly T[], isEqual: (a: T, b: T) => boolean): boolean {
  return one.length === other.length && one.every((item, at) => isEqual(item, other[at]!));
}

/** `2026-11-30T17:43:02Z`: the API keeps no parts of a second here. */
export function secondsText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
