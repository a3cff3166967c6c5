import type { GatewayListener, RouteKind } from '../../objects/cluster-objects.ts';
import { GATEWAY_GROUP, isSameKind } from '../../objects/gateway-api.ts';
import { type LabelSelector, readLabelSelector } from '../../objects/label-selector.ts';
import { protocolOf } from './listener-protocols.ts';

/** Why a condition is not as one would like it. */
export interface Finding {
  readonly reason: string;
  readonly message: string;
}

/** A listener of a Gateway by itself: before routes attach, and before other objects' claims on its port are known. */
export interface JudgedListener {
  readonly listener: GatewayListener;
  /** Its protocol is. */
  readonly isServed: boolean;
  /** Kinds of routes that may attach: those of its protocol that it allows. */
  readonly supportedKinds: readonly RouteKind[];
  /** Of the namespaces whose routes may attach; null if they are not chosen by labels. */
  readonly selector: LabelSelector | null;
  /** Kinds that it names and that its protocol does not carry. */
  readonly invalidKinds: Finding | null;
  readonly conflict: Finding | null;
  /** Why it is not accepted, with the conflict counted in; null if it is. */
  readonly refusal: Finding | null;
}

export function judgeListeners(listeners: readonly GatewayListener[]): readonly JudgedListener[] {
  return listeners.map((listener) => {
    const { routeKinds, refusal } = protocolOf(listener.protocol);
    const { allowedNamespaces } = listener;
    const selector =
      allowedNamespaces.from === 'Selector' ? readLabelSelector(allowedNamespaces.selector) : null;
    const carried = routeKinds.map((kind) => ({ group: GATEWAY_GROUP, kind }));
    const asked = listener.allowedKinds ?? carried;
    const isCarried = (kind: RouteKind): boolean => carried.some((each) => isSameKind(each, kind));
    const invalid = asked.filter((kind) => !isCarried(kind));
    const conflict = conflictOf(listener, listeners);
    return {
      listener,
      isServed: refusal === null,
      supportedKinds: carried.filter((kind) => asked.some((each) => isSameKind(each, kind))),
      selector,
      invalidKinds: invalid.length === 0 ? null : invalidRouteKinds(listener, invalid),
      conflict,
      refusal:
        refusal === null
          ? invalidity(conflict, selector)
          : { reason: 'UnsupportedProtocol', message: refusal },
    };
  });
}

function invalidity(conflict: Finding | null, selector: LabelSelector | null): Finding | null {
  if (conflict !== null) return { reason: 'Invalid', message: conflict.message };
  if (selector?.is !== 'invalid') return null;
  return { reason: 'UnsupportedValue', message: `its allowedRoutes.namespaces: ${selector.why}` };
}

/**
 * Listeners of one Gateway must be distinct: by port for TCP and UDP, by port and hostname for TLS, HTTP and HTTPS, and a
 * TCP listener shares its port with none of those. All that are not distinct are conflicted: none of them wins.
 */
function conflictOf(listener: GatewayListener, all: readonly GatewayListener[]): Finding | null {
  const { transport } = protocolOf(listener.protocol);
  if (transport === null) return null;
  const others = all.filter(
    (each) =>
      each !== listener && each.port === listener.port && protocolOf(each.protocol).transport === transport,
  );
  const byPort = others.filter((each) => isByPort(each) || isByPort(listener));
  if (byPort.length > 0) return conflict('ProtocolConflict', 'port', listener, byPort);
  const byName = others.filter(
    (each) => each.protocol === listener.protocol && each.hostname === listener.hostname,
  );
  return byName.length > 0 ? conflict('HostnameConflict', 'port and hostname', listener, byName) : null;
}

/** Whether nothing but the port tells one connection's listener. */
function isByPort({ protocol }: GatewayListener): boolean {
  return protocol === 'TCP' || protocol === 'UDP';
}

function conflict(
  reason: string,
  what: string,
  { port }: GatewayListener,
  others: readonly GatewayListener[],
): Finding {
  const names = others.map(({ name }) => name).join(', ');
  return { reason, message: `it has its ${what} (${port}) in common with ${names}: none of them is served` };
}

function invalidRouteKinds({ protocol }: GatewayListener, kinds: readonly RouteKind[]): Finding {
  const names = kinds.map(({ group, kind }) => (group === GATEWAY_GROUP ? kind : `${kind}.${group}`));
  const { routeKinds } = protocolOf(protocol);
  const has = routeKinds.length === 0 ? 'carries no kind of route' : `carries ${routeKinds.join(', ')}`;
  const message = `its allowedRoutes names ${names.join(', ')}; a listener of this protocol ${has}`;
  return { reason: 'InvalidRouteKinds', message };
}
